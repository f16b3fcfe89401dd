import {
  type EpochMs,
  type IncidentEvent,
  type IncidentId,
  type NotificationId,
  type ProjectId,
  systemMeta,
} from '@portcullis/contracts'
import { decideTimer, type EscalationStep, type IncidentContext } from '@portcullis/domain'
import { type Db, incidentStream, type NewEvent } from '@portcullis/event-log'
import {
  appendAndFold,
  dueIncidents,
  incidentModel,
  type IncidentRow,
  lockIncidents,
  setTimers,
} from '@portcullis/projections'

import type { DecisionContext } from './decide-commands.ts'

/** What a round of timers did. */
export interface Fired {
  /** Timers that were due, those of held incidents included. */
  readonly due: number
  readonly escalated: number
  /** Steps that are due and are held back (dry run, pause, canary share), worth a line in the log. */
  readonly heldBack: readonly { incidentId: IncidentId; step: EscalationStep }[]
  readonly deliveries: readonly NotificationId[]
}

interface TimerOutcome {
  readonly row: IncidentRow
  readonly step: EscalationStep
  readonly lookAgainAt: EpochMs | null
  readonly pending: readonly NewEvent[]
}

/**
 * Fires due timers, at most `limit`, in one transaction. A timer whose incident somebody else holds
 * stays due. Firing twice is harmless: the decision is made on the locked row.
 */
export async function fireTimers(
  tx: Db,
  { project, contextAt }: Omit<DecisionContext, 'pool'>,
  { limit }: { limit: number },
): Promise<Fired> {
  const now = await presentOf(tx)
  const due = await dueIncidents(tx, project, { now, limit })
  const { locked } = await lockIncidents(tx, project, due)
  const newest = await newestEvents(tx, project, [...locked.values()])
  const context = contextAt(now)
  const outcomes = [...locked.values()].flatMap((row) => {
    const event = newest.get(row.id)
    return event === undefined ? [] : [decideOne(row, { newest: event, context })]
  })
  // What the timers say now, unless an event says otherwise a moment later.
  await setTimers(
    tx,
    project,
    outcomes.map(({ row, lookAgainAt }) => ({ incidentId: row.id, dueAt: lookAgainAt })),
  )
  const cache = new Map([[incidentModel.table, new Map<string, unknown>(locked)]])
  const pending = outcomes.flatMap((outcome) => outcome.pending)
  const { deliveries } = await appendAndFold(tx, project, pending, { rows: cache })
  return {
    due: due.length,
    escalated: outcomes.filter(({ step }) => step.step === 'escalate').length,
    heldBack: outcomes
      .filter(({ step }) => step.step === 'hold')
      .map(({ row, step }) => ({ incidentId: row.id, step })),
    deliveries,
  }
}

function decideOne(
  row: IncidentRow,
  { newest, context }: { newest: IncidentEvent; context: IncidentContext },
): TimerOutcome {
  const { events, step, lookAgainAt } = decideTimer(newest, row.state, context)
  const pending = events.map((event, index) => ({
    streamId: incidentStream(row.id),
    version: row.version + index + 1,
    event,
    meta: systemMeta('timer', row.position),
    occurredAt: context.now,
  }))
  return { row, step, lookAgainAt, pending }
}

/** Returns the database's present. */
export async function presentOf(db: Db): Promise<EpochMs> {
  const { rows } = await db.query<{ present: Date }>(
    "select date_trunc('milliseconds', clock_timestamp()) as present",
  )
  return rows[0]!.present.getTime() as EpochMs
}

async function newestEvents(
  tx: Db,
  project: ProjectId,
  incidents: readonly IncidentRow[],
): Promise<Map<IncidentId, IncidentEvent>> {
  const { rows } = await tx.query<{ position: string; type: string; data: unknown }>(
    `select events.position, events.type, events.data
     from unnest($2::bigint[]) as wanted (position)
     join events on events.project_id = $1 and events.position = wanted.position`,
    [project, incidents.map((row) => row.position)],
  )
  const byPosition = new Map(rows.map((row) => [Number(row.position), row]))
  return new Map(
    incidents.flatMap((row) => {
      const event = byPosition.get(row.position)
      return event === undefined
        ? []
        : [[row.id, { type: event.type, data: event.data } as IncidentEvent] as const]
    }),
  )
}
