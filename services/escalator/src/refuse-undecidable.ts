import { type CommandId, UNDECIDABLE } from '@portcullis/contracts'
import { inTransaction } from '@portcullis/event-log'

import type { DecisionContext } from './decide-commands.ts'
import { presentOf } from './fire-timers.ts'
import { writeAnswers } from './write-answers.ts'

/** A command that can never be decided. */
export interface Undecidable {
  readonly id: CommandId
  /** That of the request which brought it. */
  readonly correlationId: string | null
  readonly error: unknown
}

/**
 * Answers a command that failed in a way which would come again: left waiting, it would fail at every
 * sweep, and its caller would be told for ever that it waits. Returns it for the log, which alone has
 * the reason; null where another escalator was first.
 */
export async function refuseUndecidable(
  { pool, project }: DecisionContext,
  id: CommandId,
  error: unknown,
): Promise<Undecidable | null> {
  return inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ correlation_id: string | null }>(
      `select correlation_id from commands
       where project_id = $1 and command_id = $2 and status = 'waiting' for update skip locked`,
      [project, id],
    )
    const row = rows[0]
    if (row === undefined) return null
    const result = { reason: UNDECIDABLE, incident: null }
    const answers = [{ id, status: 'rejected' as const, result }]
    await writeAnswers(tx, project, { answers, now: await presentOf(tx) })
    return { id, correlationId: row.correlation_id, error }
  })
}
