import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What a test needs beside Node: a program, or to be root. */
type Requirement = Readonly<{
  /** Tells that it is there and works: a package may install a stub that only explains itself. */
  check: readonly [command: string, ...args: string[]]
  /** Debian's package, which Ubuntu has under the same name. Absent where none would help. */
  debianPackage?: string
  howToGet: string
  /** What a test file contains that uses it, and must therefore declare it. */
  traces: RegExp
}>

/** Every requirement that a test file may declare in its first line, `// needs: jq, psql`. */
export const REQUIREMENTS = {
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
  pgbouncer: {
    check: ['pgbouncer', '--version'],
    debianPackage: 'pgbouncer',
    howToGet: 'Debian: apt-get install pgbouncer. macOS: brew install pgbouncer.',
    traces: /['"`]pgbouncer['"`]/,
  },
  root: {
    check: ['sh', '-c', 'test "$(id -u)" = 0'],
    howToGet: 'Run the tests as root, in a container for instance.',
    traces: /\buid: 65_534\b/,
  },
} as const satisfies Record<string, Requirement>

export type RequirementName = keyof typeof REQUIREMENTS

const CHECK_TIMEOUT_MS = 30_000

/** Returns whether the tests know a requirement of this name. */
export function isRequirementName(name: string): name is RequirementName {
  return Object.hasOwn(REQUIREMENTS, name)
}

/** Returns the Debian packages that bring these requirements. */
export function debianPackagesOf(names: Iterable<RequirementName>): string[] {
  const all: Readonly<Record<RequirementName, Requirement>> = REQUIREMENTS
  return [...names].flatMap((name) => all[name].debianPackage ?? [])
}

/** Returns those of the requirements that are not met. */
export async function missingRequirements(
  needed: ReadonlySet<RequirementName>,
): Promise<ReadonlySet<RequirementName>> {
  const names = [...needed]
  const found = await Promise.all(names.map(isMet))
  return new Set(names.filter((_, index) => found[index] === false))
}

async function isMet(name: RequirementName): Promise<boolean> {
  const [command, ...args] = REQUIREMENTS[name].check
  return promisify(execFile)(command, args, { timeout: CHECK_TIMEOUT_MS }).then(
    () => true,
    () => false,
  )
}
