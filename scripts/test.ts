// `npm test`: runs the test files given as arguments (paths, folders or parts of names; all when
// there are none), on one Postgres server for the whole run. Its last line is
// `N passed, N failed`; it exits with 0 only when something passed and nothing failed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'

import {
  SHARED_POSTGRES_VARIABLE,
  sharedPostgres,
} from '../packages/testkit/src/shared-postgres.ts'
import { ensureTapIsBuilt } from './test/ensure-tap-is-built.ts'
import { GROUPS_VARIABLE, inProcesses } from './test/groups.ts'
import { installMissingPrograms } from './test/install-missing-programs.ts'
import { readTap, type TapResult } from './test/read-tap.ts'
import { missingRequirements, type RequirementName, REQUIREMENTS } from './test/requirements.ts'
import { selectTestFiles, type TestFile } from './test/select-test-files.ts'

const { env } = process
// The tests start hundreds of Node processes: each finds its code compiled.
env['NODE_COMPILE_CACHE'] ??= path.join(
  import.meta.dirname,
  '../node_modules/.cache/node-compile-cache',
)
const options = process.argv.slice(2).filter((argument) => argument.startsWith('-'))
const patterns = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))

const files = await selectTestFiles(patterns)
const missing = await provide(files)
const isRunnable = (file: TestFile): boolean => !file.needs.some((name) => missing.has(name))
const result = await runTap(files.filter(isRunnable))
finish(
  result,
  files.filter((file) => !isRunnable(file)),
)

/** Installs what may be installed, and returns what is missing then. */
async function provide(selected: readonly TestFile[]): Promise<ReadonlySet<RequirementName>> {
  const needed = new Set(selected.flatMap((file) => file.needs))
  const before = await missingRequirements(needed)
  if (before.size === 0) return before
  const isAllowed = env['PORTCULLIS_TEST_INSTALL'] !== 'no'
  if (!(await installMissingPrograms(before, { isAllowed }))) return before
  return missingRequirements(needed)
}

async function runTap(selected: readonly TestFile[]): Promise<TapResult> {
  if (selected.length === 0) return { passed: 0, failed: 0, skipped: 0 }
  await ensureTapIsBuilt()
  const { entries, groups } = inProcesses(selected.map((file) => file.path))
  const tap = spawn('tap', ['--reporter=tap', ...options, ...entries], {
    env: {
      ...env,
      [SHARED_POSTGRES_VARIABLE]: await sharedPostgres(),
      [GROUPS_VARIABLE]: JSON.stringify(groups),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(tap, 'exit')
  const counted = await readTap(createInterface({ input: tap.stdout }), (text) => console.log(text))
  const [code] = await ended
  // Whatever tap did not count, a crash of its own for instance, is one failure.
  return code === 0 || counted.failed > 0 ? counted : { ...counted, failed: 1 }
}

/** Says how the run went. A file that was left out is a failure where CI is set. */
function finish(tap: TapResult, leftOut: readonly TestFile[]): void {
  for (const file of leftOut) {
    const lacking = file.needs.filter((name) => missing.has(name))
    console.log(`Left out: ${file.path} needs ${lacking.join(', ')}.`)
  }
  for (const name of leftOut.length > 0 ? missing : []) {
    console.log(`Missing: ${name}. ${REQUIREMENTS[name].howToGet}`)
  }
  if (tap.skipped > 0) console.log(`${tap.skipped} skipped`)
  const failed = tap.failed + (env['CI'] === 'true' ? leftOut.length : 0)
  if (tap.passed + failed === 0) console.log('No test ran.')
  console.log(`${tap.passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 && tap.passed > 0 ? 0 : 1
}
