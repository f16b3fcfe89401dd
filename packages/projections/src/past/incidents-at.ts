import type { IncidentId, ProjectId } from '@portcullis/contracts'
import type { Db, LogHead } from '@portcullis/event-log'

import type { IncidentRow } from '../incidents/model.ts'
import {
  type IncidentFilter,
  type IncidentPage,
  type IncidentPlace,
  listIncidents,
} from '../incidents/query.ts'
import { INCIDENTS } from './log-at.ts'
import { rowsAt } from './rows-at.ts'

/** Returns incidents as they were where the log ended, in the order and by the filter of `listIncidents`. */
export async function incidentsAt(
  tx: Db,
  project: ProjectId,
  { log: { position }, ...page }: IncidentPage & { readonly log: LogHead },
): Promise<IncidentRow[]> {
  const { filter, after, limit } = page
  const changed = await rowsAt(tx, project, INCIDENTS, { position, where: 'false' })
  const unchanged = await listIncidents(tx, project, { ...page, unchangedSince: position })
  return changed
    .filter((row) => isAsked(row, filter) && (after === null || compare(row, after) > 0))
    .concat(unchanged)
    .toSorted((a, b) => compare(a, { firstSeen: b.state.firstSeen, id: b.id }))
    .slice(0, limit)
}

/** Returns one incident as it was where the log ended; undefined where there was none of that id. */
export async function incidentAt(
  tx: Db,
  project: ProjectId,
  { log: { position }, id }: { readonly log: LogHead; readonly id: IncidentId },
): Promise<IncidentRow | undefined> {
  const rows = await rowsAt(tx, project, INCIDENTS, { position, only: { id: [id] } })
  return rows[0]
}

function isAsked({ state }: IncidentRow, { status, severity, ...scope }: IncidentFilter): boolean {
  return (
    (status === undefined || status.includes(state.status)) &&
    (severity === undefined || severity === state.severity) &&
    Object.entries(scope).every(([name, value]) => {
      return value === undefined || state.scope[name as keyof typeof scope] === value
    })
  )
}

/** Those that opened last first. */
function compare({ id, state }: IncidentRow, place: IncidentPlace): number {
  if (state.firstSeen !== place.firstSeen) return place.firstSeen - state.firstSeen
  return id < place.id ? 1 : id > place.id ? -1 : 0
}
