// What `npm test` makes of test files of every kind. Method: the runner is run on small files and
// judged by its exit code and its last line, as CI does. (`lying.ts` prints a false result.)
import { execFile } from 'node:child_process'
import path from 'node:path'

import t from 'tap'

/** Each of its tests runs tap, which takes seconds to start. */
t.setTimeout(300_000)

const RUNNER = path.join(import.meta.dirname, '..', 'test.ts')

/** A project of its own for tap: its runner empties `.tap` at its start, where other files' runs write. */
const FIXTURES = path.join(import.meta.dirname, 'fixtures')

type Run = Readonly<{ code: number; output: string; lastLine: string }>

/** Runs the runner on fixtures. The environment is this one's, with its Postgres server. */
async function run(names: string[], env: Record<string, string> = {}): Promise<Run> {
  const { promise, resolve } = Promise.withResolvers<Run>()
  // Of the tap that runs this test: they would make the inner one its subtest.
  const outer = Object.keys(process.env).filter((name) => name.startsWith('TAP'))
  const cleared = Object.fromEntries(outer.map((name) => [name, undefined]))
  const args = [RUNNER, ...names]
  const options = { cwd: FIXTURES, env: { ...process.env, CI: '', ...cleared, ...env } }
  execFile(process.execPath, args, options, (error, stdout, stderr) => {
    const code = typeof error?.code === 'number' ? error.code : 0
    resolve({ code, output: stdout + stderr, lastLine: stdout.trimEnd().split('\n').at(-1) ?? '' })
  })
  return promise
}

t.test('passed tests are counted, and the run succeeds', async (t) => {
  t.match(await run(['passing.ts', 'lying.ts']), { code: 0, lastLine: '3 passed, 0 failed' })
})

t.test('a failed test fails the run, and is shown', async (t) => {
  const { output, ...rest } = await run(['passing.ts', 'failing.ts'])
  t.match(rest, { code: 1, lastLine: '3 passed, 1 failed' })
  t.match(output, /bad news/)
})

t.test('a file that breaks at its import fails the run, and says why', async (t) => {
  const { output, ...rest } = await run(['passing.ts', 'breaking.ts'])
  t.match(rest, { code: 1, lastLine: '2 passed, 1 failed' })
  t.match(output, /broken at import/)
})

for (const name of ['leaving.ts', 'hanging.ts']) {
  t.test(`a file that does not come to its end fails the run: ${name}`, async (t) => {
    t.match(await run([name]), { code: 1, lastLine: /^1 passed, [1-9] failed$/ })
  })
}

t.test('a run without a single passed test fails', async (t) => {
  const { output, ...rest } = await run(['skipping.ts'])
  t.match(rest, { code: 1, lastLine: '0 passed, 0 failed' })
  t.match(output, /^1 skipped$/m)
})

t.test('a name that selects nothing fails the run', async (t) => {
  const { output, code } = await run(['typo'])
  t.equal(code, 1)
  t.match(output, /No test file's path contains ".*typo"/)
})

t.test('a file whose program is missing is left out, and fails where CI is set', async (t) => {
  // Node and tap are found, nothing else.
  const places = (process.env['PATH'] ?? '').split(path.delimiter)
  const PATH = places.filter((place) => place.includes('node_modules')).join(path.delimiter)
  const env = { PATH, PORTCULLIS_TEST_INSTALL: 'no' }
  const { output, ...rest } = await run(['passing.ts', 'needy.ts'], env)
  t.match(rest, { code: 0, lastLine: '2 passed, 0 failed' })
  t.match(output, /^Left out: .*needy\.ts needs prometheus-alertmanager\.$/m)
  t.match(output, /^Missing: prometheus-alertmanager\. Debian: apt-get install/m)
  const inCi = await run(['passing.ts', 'needy.ts'], { ...env, CI: 'true' })
  t.match(inCi, { code: 1, lastLine: '2 passed, 1 failed' })
})
