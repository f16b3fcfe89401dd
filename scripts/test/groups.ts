/** Names the files of each group, as JSON. */
export const GROUPS_VARIABLE = 'PORTCULLIS_TEST_GROUPS'

/**
 * Test files that share a process: to start one for each of them takes longer than most of them do. All other files have a
 * process of their own, because they end processes, or look at what is in their own.
 */
const GROUPS = {
  unit: /^(?!.*\.int\.test\.ts$)/u,
  'contract-a-l': /^test\/contract\/[a-l]/u,
  'contract-m-z': /^test\/contract\/[m-z]/u,
  aggregator: /^services\/aggregator\//u,
  gateway: /^services\/gateway\//u,
  cli: /^packages\/cli\/src\//u,
  projections: /^packages\/projections\//u,
  'event-log': /^packages\/event-log\//u,
  escalator: /^services\/escalator\//u,
  notifier: /^services\/notifier\//u,
} as const

export type GroupName = keyof typeof GROUPS

/** How test files are spread over processes. */
export interface Processes {
  /** What tap runs, which puts it in order itself: groups, and files that are in none. */
  readonly entries: readonly string[]
  readonly groups: Readonly<Partial<Record<GroupName, readonly string[]>>>
}

/** Fewer are quicker to read where each is told for itself. */
const SIZE_MIN = 4

/** Spreads test files over processes: a file is in the first group that it fits, where that has a few. */
export function inProcesses(paths: readonly string[]): Processes {
  const all = Map.groupBy(paths, groupOf)
  const groups: Partial<Record<GroupName, readonly string[]>> = {}
  const alone: string[] = []
  for (const [name, files] of all) {
    if (name === null || files.length < SIZE_MIN) alone.push(...files)
    else groups[name] = files
  }
  const entries = Object.keys(groups).map((name) => `scripts/test/groups/${name}.ts`)
  return { entries: [...entries, ...alone], groups }
}

/** Returns the files of a group in this run. */
export function filesOf(name: GroupName): readonly string[] {
  const groups: Processes['groups'] = JSON.parse(process.env[GROUPS_VARIABLE] ?? '{}')
  return groups[name] ?? []
}

function groupOf(path: string): GroupName | null {
  const found = Object.entries(GROUPS).find(([, pattern]) => pattern.test(path))
  return (found?.[0] ?? null) as GroupName | null
}
