/** How a command ends; scripts and pipelines decide by it (docs/cli.md). */
export const EXIT = {
  /** Done, or the answer is yes. */
  ok: 0,
  /** The answer is no: a blocked release, a broken chain, no such key. */
  no: 1,
  /** The call or a setting must be mended first. */
  usage: 2,
  /** The guard cannot tell. */
  undecided: 3,
  /** The database, the queues or the gateway did not answer. */
  unreachable: 4,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
