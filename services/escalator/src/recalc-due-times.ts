import type { IncidentId } from '@portcullis/contracts'
import { decideRecalc } from '@portcullis/domain'
import { type Db, incidentStream } from '@portcullis/event-log'
import { appendAndFold, incidentModel, lockIncidents } from '@portcullis/projections'

import { commandMeta } from './command-meta.ts'
import type { DecisionContext } from './decide-commands.ts'
import { presentOf } from './fire-timers.ts'
import type { OperationOutcome, WaitingOperation } from './run-operations.ts'

/** Open incidents that one recalculation looks at, the oldest first. */
const INCIDENTS_MAX = 10_000

/**
 * Moves the due times of open incidents to where the present settings want them. Incidents that
 * somebody else holds are told in the answer and left as they are.
 */
export async function recalcDueTimes(
  tx: Db,
  { project, contextAt }: Pick<DecisionContext, 'project' | 'contextAt'>,
  operation: Omit<WaitingOperation, 'command' | 'id'> & { id: WaitingOperation['id'] | null },
): Promise<OperationOutcome> {
  const context = contextAt(await presentOf(tx))
  const { rows } = await tx.query<{ id: IncidentId }>(
    `select id from incident_state where project_id = $1 and status = 'open'
     order by first_seen limit $2`,
    [project, INCIDENTS_MAX],
  )
  const { locked, held } = await lockIncidents(
    tx,
    project,
    rows.map((row) => row.id),
  )
  const pending = [...locked.values()].flatMap((row) =>
    decideRecalc(row.state, context).map((event, index) => ({
      streamId: incidentStream(row.id),
      version: row.version + index + 1,
      event,
      meta: commandMeta(operation),
      occurredAt: context.now,
    })),
  )
  const cache = new Map([[incidentModel.table, new Map<string, unknown>(locked)]])
  const { deliveries } = await appendAndFold(tx, project, pending, { rows: cache })
  const result = { looked_at: locked.size, rescheduled: pending.length, held: [...held] }
  return { result, deliveries }
}
