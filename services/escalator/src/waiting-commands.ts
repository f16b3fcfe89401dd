import type { CommandId, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

const COMMANDS_MAX = 500

/** Returns commands that have waited for at least `sinceMs`, the oldest first, at most 500. */
export async function waitingCommands(
  db: Db,
  project: ProjectId,
  sinceMs: number,
): Promise<CommandId[]> {
  const { rows } = await db.query<{ command_id: CommandId }>(
    `select command_id from commands
     where project_id = $1 and status = 'waiting'
       and accepted_at <= clock_timestamp() - $2 * interval '1 millisecond'
     order by accepted_at limit $3`,
    [project, sinceMs, COMMANDS_MAX],
  )
  return rows.map((row) => row.command_id)
}
