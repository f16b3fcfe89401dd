import type { AlarmScope, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import {
  activeAlarms,
  alarmModel,
  type AlarmRow,
  incidentModel,
  type IncidentRow,
  type RowCache,
} from '@portcullis/projections'
import { shardOf } from '@portcullis/queues'

/** The alarms of a shard's services that something may still follow from. */
export interface ShardAlarms {
  /** By `alarmKeyOf`. True while the shard's head stands: nobody else judges them. */
  readonly alarms: Map<string, AlarmRow>
  /** By id. People and SQL change incidents too, so this may be a little old. */
  readonly incidents: Map<string, IncidentRow>
}

/** Names hold no control characters. */
export function alarmKeyOf({ service, environment, route, kind }: AlarmScope): string {
  return `${service}\n${environment}\n${route}\n${kind}`
}

/** Loads the alarms of a shard's services. */
export async function loadShardAlarms(
  db: Db,
  project: ProjectId,
  shard: number,
): Promise<ShardAlarms> {
  const active = (await activeAlarms(db, project)).filter(
    ({ alarm }) => shardOf(project, alarm.state.scope.service) === shard,
  )
  return {
    alarms: new Map(active.map(({ alarm }) => [alarmKeyOf(alarm.state.scope), alarm])),
    incidents: new Map(
      active.flatMap(({ alarm, incident }) =>
        incident === undefined ? [] : [[alarm.id as string, incident] as const],
      ),
    ),
  }
}

/** Remembers rows as an append left them. */
export function rememberRows({ alarms, incidents }: ShardAlarms, rows: RowCache): void {
  for (const row of (rows.get(alarmModel.table)?.values() ?? []) as Iterable<AlarmRow>) {
    alarms.set(alarmKeyOf(row.state.scope), row)
  }
  for (const row of (rows.get(incidentModel.table)?.values() ?? []) as Iterable<IncidentRow>) {
    incidents.set(row.id, row)
  }
}
