import type { ProjectId } from '@portcullis/contracts'
import { alarmStream, type Db, type LogHead } from '@portcullis/event-log'

import { alarmModel, type AlarmRow } from '../alarms/model.ts'
import type { AlarmPlace, StandingAlarms, StandingFilter } from '../alarms/query-standing.ts'
import { INCIDENTS } from './log-at.ts'
import { rowsAt, type StreamedModel } from './rows-at.ts'

export const ALARMS: StreamedModel<AlarmRow> = {
  model: alarmModel,
  streamOf: ({ id }) => alarmStream(id),
}

/** Returns the alarms that stood where the log ended, in the order and by the filter of `standingAlarms`. */
export async function standingAlarmsAt(
  tx: Db,
  project: ProjectId,
  {
    log: { position },
    filter,
    after,
    limit,
  }: {
    readonly log: LogHead
    readonly filter: StandingFilter
    readonly after: AlarmPlace | null
    readonly limit: number
  },
): Promise<StandingAlarms> {
  const rows = await rowsAt(tx, project, ALARMS, { position, where: `status <> 'cleared'` })
  const alarms = rows
    .filter((row) => isAsked(row, filter) && (after === null || compare(row, after) > 0))
    .toSorted((a, b) => compare(a, { since: b.state.since, id: b.id }))
    .slice(0, limit)
  const only = { id: alarms.map(({ id }) => id) }
  const incidents = await rowsAt(tx, project, INCIDENTS, { position, only })
  const byId = new Map(incidents.map(({ id, state }) => [id, state]))
  return {
    position,
    alarms: alarms.map((alarm) => ({ alarm, incident: byId.get(alarm.id) ?? null })),
  }
}

function isAsked({ state }: AlarmRow, { status, severity, ...scope }: StandingFilter): boolean {
  return (
    state.status !== 'cleared' &&
    (status === null || status === state.status) &&
    (severity === null || severity === state.severity) &&
    Object.entries(scope).every(([name, value]) => {
      return value === null || state.scope[name as keyof typeof scope] === value
    })
  )
}

/** Those that were raised last first. */
function compare({ id, state }: AlarmRow, place: AlarmPlace): number {
  if (state.since !== place.since) return place.since - state.since
  return id < place.id ? 1 : id > place.id ? -1 : 0
}
