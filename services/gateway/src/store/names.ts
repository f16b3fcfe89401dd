import { type PrincipalId, type ProjectId, SECOND_MS } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import { type NameOf, namesOf } from '@portcullis/projections'
import type { Clock } from '@portcullis/runtime'

/** Returns what people and keys are called; an id that has no name is shown as it is. */
export type NamesFor = (ids: readonly PrincipalId[]) => Promise<NameOf>

/** A name that is erased, or changed, is shown for so long at most. */
const KEPT_MS = 5 * SECOND_MS
const KEPT_MAX = 10_000

interface KeptName {
  readonly name: string | undefined
  readonly until: number
}

/** Returns the names in the table `people`, kept for a few seconds: incidents are shown often. */
export function namesIn(db: Db, project: ProjectId, clock: Clock): NamesFor {
  const kept = new Map<PrincipalId, KeptName>()
  return async (ids) => {
    const now = clock.now()
    const names = new Map<PrincipalId, string | undefined>()
    const missing: PrincipalId[] = []
    for (const id of ids) {
      const known = kept.get(id)
      if (known !== undefined && now < known.until) names.set(id, known.name)
      else missing.push(id)
    }
    if (missing.length > 0) {
      const found = await namesOf(db, project, missing)
      if (kept.size + missing.length > KEPT_MAX) kept.clear()
      for (const id of missing) {
        kept.set(id, { name: found.get(id), until: now + KEPT_MS })
        names.set(id, found.get(id))
      }
    }
    return (id) => names.get(id) ?? id
  }
}
