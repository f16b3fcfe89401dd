import type { IncidentId, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { incidentModel, type IncidentRow } from '../incidents/model.ts'
import { loadRows } from '../read-model.ts'
import { alarmModel, type AlarmRow } from './model.ts'

/** An alarm and its incident, if there ever was one. */
export interface AlarmWithIncident {
  readonly alarm: AlarmRow
  readonly incident: IncidentRow | undefined
}

/**
 * Returns the alarms that something may still follow from: those that are not cleared, those cleared
 * a short while ago, and those whose incident is not resolved.
 */
export async function activeAlarms(db: Db, project: ProjectId): Promise<AlarmWithIncident[]> {
  const { rows } = await db.query<AlarmRecords & Record<string, unknown>>(
    `select alarms.*, incident.id is not null as has_incident from alarms
     left join incident_state as incident
       on incident.project_id = alarms.project_id and incident.id = alarms.id
     where alarms.project_id = $1 and (
       alarms.status <> 'cleared' or incident.status <> 'resolved'
       or alarms.healthy_since > clock_timestamp() - interval '10 minutes')`,
    [project],
  )
  const alarms = rows.map((record) => alarmModel.fromRecord(record))
  const incidents = await loadRows(db, incidentModel, {
    project,
    keys: rows.filter((row) => row.has_incident).map((row) => [row.id]),
  })
  return alarms.map((alarm) => ({ alarm, incident: incidents.get(alarm.id) }))
}

interface AlarmRecords {
  readonly id: string
  readonly has_incident: boolean
}

/** Returns the alarms of given ids, by id; those that never fired are absent. */
export async function readAlarms(
  db: Db,
  project: ProjectId,
  ids: readonly IncidentId[],
): Promise<Map<string, AlarmRow>> {
  return loadRows(db, alarmModel, { project, keys: ids.map((id) => [id]) })
}
