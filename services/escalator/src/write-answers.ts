import type { CommandId, EpochMs, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** The answer to a command, as the gateway finds it in the `commands` table. */
export interface CommandAnswer {
  readonly id: CommandId
  readonly status: 'done' | 'rejected'
  /** JSON. */
  readonly result: unknown
}

/** Writes the answers of commands, which makes them decided. */
export async function writeAnswers(
  tx: Db,
  project: ProjectId,
  { answers, now }: { answers: readonly CommandAnswer[]; now: EpochMs },
): Promise<void> {
  if (answers.length === 0) return
  await tx.query(
    `update commands set status = given.status, result = given.result::json, decided_at = $2
     from unnest($3::uuid[], $4::text[], $5::text[]) as given (id, status, result)
     where commands.project_id = $1 and commands.command_id = given.id`,
    [
      project,
      new Date(now),
      answers.map((answer) => answer.id),
      answers.map((answer) => answer.status),
      answers.map((answer) => JSON.stringify(answer.result)),
    ],
  )
}
