import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** A program beside Node that tests need. */
type Program = Readonly<{
  /** Tells that it is there and works: a package may install a stub that only explains itself. */
  check: readonly [command: string, ...args: string[]]
  /** Debian's package, which Ubuntu has under the same name. */
  debianPackage: string
  howToGet: string
  /** What a test file contains that uses it, and must therefore declare it. */
  traces: RegExp
}>

/** Every program that a test file may declare in its first line, `// needs: jq, psql`. */
export const PROGRAMS = {
  'redis-server': {
    check: ['redis-server', '--version'],
    debianPackage: 'redis-server',
    howToGet: 'Debian: apt-get install redis-server. macOS: brew install redis.',
    traces: /\b(startRedis|queueBackends)\b/,
  },
  psql: {
    check: ['psql', '--version'],
    debianPackage: 'postgresql-client',
    howToGet: 'Debian: apt-get install postgresql-client. macOS: brew install libpq.',
    traces: /\bpsql "\$|(spawn|execFile)\w*\)?\(\s*['"`]psql/,
  },
  jq: {
    check: ['jq', '--version'],
    debianPackage: 'jq',
    howToGet: 'Debian: apt-get install jq. macOS: brew install jq.',
    traces: /\| jq\b|(spawn|execFile)\w*\)?\(\s*['"`]jq/,
  },
  chromium: {
    check: ['chromium', '--version'],
    debianPackage: 'chromium',
    howToGet: 'Debian: apt-get install chromium. macOS: brew install --cask chromium.',
    traces: /playwright-core/,
  },
  'prometheus-alertmanager': {
    check: ['prometheus-alertmanager', '--version'],
    debianPackage: 'prometheus-alertmanager',
    howToGet: 'Debian: apt-get install prometheus-alertmanager.',
    traces: /['"`]prometheus-alertmanager['"`]/,
  },
} as const satisfies Record<string, Program>

export type ProgramName = keyof typeof PROGRAMS

const CHECK_TIMEOUT_MS = 30_000

/** Returns whether the tests know a program of this name. */
export function isProgramName(name: string): name is ProgramName {
  return Object.hasOwn(PROGRAMS, name)
}

/** Returns those of the programs that are not there, or don't run. */
export async function missingPrograms(
  needed: ReadonlySet<ProgramName>,
): Promise<ReadonlySet<ProgramName>> {
  const names = [...needed]
  const found = await Promise.all(names.map(isInstalled))
  return new Set(names.filter((_, index) => found[index] === false))
}

async function isInstalled(name: ProgramName): Promise<boolean> {
  const [command, ...args] = PROGRAMS[name].check
  return promisify(execFile)(command, args, { timeout: CHECK_TIMEOUT_MS }).then(
    () => true,
    () => false,
  )
}
