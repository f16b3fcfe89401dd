import { type Judge } from '../judges/judge.ts'
import { Watch } from '../judges/seen.ts'
import type { ReleaseKey } from '../release/law.ts'
import { SINCE, simulateRelease } from '../release/simulate.ts'

/** What a judge made of a release. */
export interface Watched {
  /** After how many buckets it blocked; null where it never did. */
  readonly blockedAfter: number | null
  /** Looks after which it could not tell, and all looks until it blocked. */
  readonly undecided: number
  readonly looks: number
  /** Requests that the defect made worse, until it was blocked. */
  readonly harmed: number
}

interface Standing {
  readonly ask: ReturnType<Judge['begin']>
  blockedAfter: number | null
  undecided: number
  looks: number
  harmed: number
}

/** Shows one release to all judges, bucket by bucket. Whoever has blocked it is asked no more. */
export function watchRelease(key: ReleaseKey, judges: readonly Judge[]): Watched[] {
  const watch = new Watch()
  const standings = judges.map((judge): Standing => ({
    ask: judge.begin(),
    blockedAfter: null,
    undecided: 0,
    looks: 0,
    harmed: 0,
  }))
  for (const bucket of simulateRelease(key)) {
    watch.add(bucket)
    if (bucket.start < SINCE) continue
    for (const standing of standings) {
      if (standing.blockedAfter === null) look(standing, watch, bucket.harmed)
    }
  }
  return standings.map(({ blockedAfter, undecided, looks, harmed }) => {
    return { blockedAfter, undecided, looks, harmed }
  })
}

function look(standing: Standing, watch: Watch, harmed: number): void {
  standing.harmed += harmed
  standing.looks += 1
  const outcome = standing.ask(watch)
  if (outcome === 'undecided') standing.undecided += 1
  if (outcome === 'fail') standing.blockedAfter = watch.watched
}
