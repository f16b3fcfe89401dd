import { BUCKET_MS, SECOND_MS } from '@portcullis/contracts'

import { percentile } from '../../statistics.ts'
import type { Watched } from './watch-release.ts'

/** What several releases came to. */
export interface Scores {
  readonly releases: number
  /** Shares of the releases. */
  readonly blocked: number
  readonly missed: number
  /** From the release to the block, of all: one that is never blocked takes forever. */
  readonly medianS: number
  readonly p90S: number
  /** Share of the looks, until a release was blocked, that could not tell. */
  readonly undecided: number
  /** Requests that the defect made worse until the block, a release. */
  readonly harmed: number
}

const BUCKET_S = BUCKET_MS / SECOND_MS

/** Returns the scores of a judge on some releases, of which there is one at least. */
export function scoresOf(watched: readonly Watched[]): Scores {
  const seconds = watched.map(({ blockedAfter }) =>
    blockedAfter === null ? Number.POSITIVE_INFINITY : blockedAfter * BUCKET_S,
  )
  const sum = (of: (one: Watched) => number): number =>
    watched.reduce((total, one) => total + of(one), 0)
  const blocked = seconds.filter(Number.isFinite).length / watched.length
  return {
    releases: watched.length,
    blocked,
    missed: 1 - blocked,
    medianS: percentile(seconds, 50),
    p90S: percentile(seconds, 90),
    undecided: sum((one) => one.undecided) / sum((one) => one.looks),
    harmed: sum((one) => one.harmed) / watched.length,
  }
}
