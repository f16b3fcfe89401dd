import type { LogPosition, ProjectId } from '@portcullis/contracts'
import type { Pool } from 'pg'

import { incidentModel, type IncidentRow } from '../incidents/model.ts'
import { lossModel, type LossRow } from '../losses/model.ts'
import type { TableRecord } from '../read-model.ts'
import { countOf } from '../record.ts'
import { releaseModel, type ReleaseRow } from '../releases/model.ts'
import { waiverModel, type WaiverRow } from '../waivers/model.ts'
import { LiveIncidents } from './live-incidents.ts'
import { type ChangedOutcome, LiveOutcomes, OUTCOMES_CHANGED } from './live-outcomes.ts'
import { type ChangedPolicy, LivePolicies, POLICIES_CHANGED } from './live-policies.ts'
import { LiveReleases, RELEASES_CHANGED } from './live-releases.ts'
import { LiveWaivers, WAIVERS_CHANGED } from './live-waivers.ts'

/** Rows that changed, as they are at a position. */
export interface LogChanges {
  readonly position: LogPosition
  readonly incidents: readonly IncidentRow[]
  readonly policies: readonly ChangedPolicy[]
  readonly outcomes: readonly ChangedOutcome[]
  readonly releases: readonly ReleaseRow[]
  readonly waivers: readonly WaiverRow[]
  /** All of the last hour. */
  readonly losses: readonly LossRow[]
}

/** What verdicts need of the log, followed in memory. */
export class LiveLog {
  /** Up to which everything is known; -1 before the first look. */
  position = -1 as LogPosition
  /** Of the last hour. */
  losses: readonly LossRow[] = []
  readonly incidents = new LiveIncidents()
  readonly policies = new LivePolicies()
  readonly outcomes = new LiveOutcomes()
  readonly releases = new LiveReleases()
  readonly waivers = new LiveWaivers()

  /** Takes in what changed since the last time. */
  async follow(pool: Pool, project: ProjectId): Promise<void> {
    const changes = await logChanges(pool, project, this.position)
    this.take({ ...changes, losses: await recentLosses(pool, project, changes.position) })
  }

  /** Takes in rows as they are at a position. */
  take(changes: LogChanges): void {
    for (const row of changes.incidents) this.incidents.note(row)
    this.policies.note(changes.policies)
    this.outcomes.note(changes.outcomes)
    this.releases.note(changes.releases)
    this.waivers.note(changes.waivers)
    this.losses = changes.losses
    this.position = changes.position
  }
}

/**
 * Returns what changed after a position, with the position up to which it did: all from one snapshot,
 * so that a verdict never shows an incident as it became after the position that it names.
 */
async function logChanges(
  pool: Pool,
  project: ProjectId,
  after: LogPosition,
): Promise<Omit<LogChanges, 'losses'>> {
  // At first all that are not resolved; later all that changed, the resolved ones included.
  const { rows } = await pool.query<Record<string, unknown>>(
    `select head.position as head_position, changed.*,
       case when row_number() over () = 1 then (${POLICIES_CHANGED}) end as changed_policies,
       case when row_number() over () = 1 then (${OUTCOMES_CHANGED}) end as changed_outcomes,
       case when row_number() over () = 1 then (${RELEASES_CHANGED}) end as changed_releases,
       case when row_number() over () = 1 then (${WAIVERS_CHANGED}) end as changed_waivers
     from log_heads as head left join incident_state as changed
       on changed.project_id = head.project_id and changed.position > $2
         and ($2 >= 0 or changed.status <> 'resolved')
     where head.project_id = $1`,
    [project, after],
  )
  const [first] = rows
  return {
    position: countOf(first!, 'head_position') as LogPosition,
    incidents: rows
      .filter((record) => record['id'] !== null)
      .map((record) => incidentModel.fromRecord(record)),
    policies: (first!['changed_policies'] ?? []) as ChangedPolicy[],
    outcomes: (first!['changed_outcomes'] ?? []) as ChangedOutcome[],
    releases: rowsIn(first!['changed_releases']).map((one) => releaseModel.fromRecord(one)),
    waivers: rowsIn(first!['changed_waivers']).map((one) => waiverModel.fromRecord(one)),
  }
}

/** Rows of a table that were read as one JSON value. */
function rowsIn(value: unknown): TableRecord[] {
  return (value ?? []) as TableRecord[]
}

async function recentLosses(pool: Pool, project: ProjectId, upTo: LogPosition): Promise<LossRow[]> {
  const { rows } = await pool.query<Record<string, unknown>>(
    `select * from lost_batches where project_id = $1 and position <= $2
       and lost_until > clock_timestamp() - interval '1 hour'`,
    [project, upTo],
  )
  return rows.map((record) => lossModel.fromRecord(record))
}
