import {
  type EpochMs,
  type IncidentEvent,
  type IncidentId,
  type NotificationId,
  systemMeta,
} from '@portcullis/contracts'
import { decideTimer, type EscalationStep, type IncidentContext } from '@portcullis/domain'
import { type Db, incidentStream, type NewEvent } from '@portcullis/event-log'
import {
  appendAndFold,
  type DueQuestion,
  incidentModel,
  type IncidentRow,
  lockDueIncidents,
  newestDueEvents,
  setTimers,
} from '@portcullis/projections'

import type { DecisionContext } from './decide-commands.ts'

/** What a round of timers did. */
export interface Fired {
  /** Incidents that were looked at; what somebody holds is not among them. */
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
 * stays due, and takes no other's place. Firing twice is harmless: the decision is made on the locked row.
 */
export async function fireTimers(
  tx: Db,
  { project, contextAt }: Omit<DecisionContext, 'pool'>,
  round: Pick<DueQuestion, 'limit' | 'overdue'>,
): Promise<Fired> {
  const now = await presentOf(tx)
  const due = await lockDueIncidents(tx, project, { now, ...round })
  const ids = due.map((row) => row.id)
  const newest = await newestDueEvents(tx, project, ids)
  const context = contextAt(now)
  const outcomes = due.flatMap((row) => {
    const event = newest.get(row.id)
    return event === undefined ? [] : [decideOne(row, { newest: event, context })]
  })
  const looks = outcomes.map(({ row, lookAgainAt }) => ({ incidentId: row.id, dueAt: lookAgainAt }))
  const cache = new Map([
    [incidentModel.table, new Map<string, unknown>(due.map((row) => [row.id, row]))],
  ])
  const pending = outcomes.flatMap((outcome) => outcome.pending)
  const { deliveries } = await appendAndFold(tx, project, pending, {
    rows: cache,
    // After what the events say: a step that is held back is looked at later, though it is due.
    alongside: () => setTimers(tx, project, looks),
  })
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
