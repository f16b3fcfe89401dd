import type { CommandId, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

const PAGE_MAX = 500

/** Comes before every id. */
const NIL = '00000000-0000-0000-0000-000000000000'

/**
 * Gives all commands that have waited for at least `sinceMs`, the oldest first, at most 500 at a time:
 * those of incidents that somebody holds stay waiting, and must not stand before all others. Gives no
 * more once `stopping` is aborted.
 */
export async function* waitingCommands(
  db: Db,
  project: ProjectId,
  sinceMs: number,
  stopping: AbortSignal = new AbortController().signal,
): AsyncGenerator<readonly CommandId[]> {
  // As text: a Date would lose the microseconds, and with them commands.
  let after: readonly [acceptedAt: string, id: string] = ['-infinity', NIL]
  while (!stopping.aborted) {
    const { rows } = await db.query<{ command_id: CommandId; accepted: string }>(
      `select command_id, accepted_at::text as accepted from commands
       where project_id = $1 and status = 'waiting'
         and accepted_at <= clock_timestamp() - $2 * interval '1 millisecond'
         and (accepted_at, command_id) > ($3::timestamptz, $4::uuid)
       order by accepted_at, command_id limit $5`,
      [project, sinceMs, ...after, PAGE_MAX],
    )
    const last = rows.at(-1)
    if (last !== undefined) yield rows.map((row) => row.command_id)
    if (last === undefined || rows.length < PAGE_MAX) return
    after = [last.accepted, last.command_id]
  }
}
