import type { Judge } from '../judges/judge.ts'
import { FAMILIES, type Family } from '../release/families.ts'
import type { ReleaseKey } from '../release/law.ts'
import { type Scores, scoresOf } from './scores.ts'
import type { Watched } from './watch-release.ts'

/** Who judged, and how it was set. */
export type JudgeName = Pick<Judge, 'peer' | 'setting'>

/** What all judges, in their order, made of one release. */
export interface JudgedRelease {
  readonly key: ReleaseKey
  readonly watched: readonly Watched[]
}

/** Which releases are looked at; all where a field is left out. */
export interface Slice {
  readonly right?: Family['right']
  readonly family?: string
  readonly rate?: number
  readonly seeds?: (seed: number) => boolean
}

/** What came of all releases. */
export class Results {
  readonly judges: readonly JudgeName[]
  readonly releases: readonly JudgedRelease[]

  constructor(judges: readonly JudgeName[], releases: readonly JudgedRelease[]) {
    this.judges = judges
    this.releases = releases
  }

  /** Returns the scores of one judge on a slice, in which there is a release. */
  scores(judge: JudgeName, slice: Slice): Scores {
    const index = this.judges.indexOf(judge)
    return scoresOf(
      this.releases.filter(({ key }) => isIn(key, slice)).map(({ watched }) => watched[index]!),
    )
  }
}

const RIGHT = new Map(FAMILIES.map(({ name, right }) => [name, right]))

function isIn({ family, rate, seed }: ReleaseKey, slice: Slice): boolean {
  return (
    (slice.right === undefined || slice.right === RIGHT.get(family)) &&
    (slice.family === undefined || slice.family === family) &&
    (slice.rate === undefined || slice.rate === rate) &&
    (slice.seeds === undefined || slice.seeds(seed))
  )
}
