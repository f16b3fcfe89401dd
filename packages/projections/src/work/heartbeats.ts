import type { EpochMs } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** The kinds of processes that are missed when they are not heard of. */
export type WorkerRole = 'aggregator' | 'escalator' | 'notifier'

/** How often a worker says that it lives. */
export const HEARTBEAT_MS = 2_000

/** Records that a worker lives, at the database's present, and forgets those long gone. */
export async function beat(db: Db, role: WorkerRole, instanceId: string): Promise<void> {
  await db.query(
    `insert into worker_heartbeats (role, instance_id, started_at, beat_at)
     values ($1, $2, clock_timestamp(), clock_timestamp())
     on conflict (role, instance_id) do update set beat_at = excluded.beat_at`,
    [role, instanceId],
  )
  await db.query(
    `delete from worker_heartbeats where beat_at < clock_timestamp() - interval '1 day'`,
  )
}

/** Records that a worker ended in good order, so that nobody waits for its silence to be noticed. */
export async function endBeat(db: Db, role: WorkerRole, instanceId: string): Promise<void> {
  await db.query('delete from worker_heartbeats where role = $1 and instance_id = $2', [
    role,
    instanceId,
  ])
}

/** The workers of a kind, as they were last heard of. */
export interface RoleBeats {
  /** Heard of within `withinMs`. */
  readonly alive: number
  /** Null when none has been heard of for a day. */
  readonly lastBeatAt: EpochMs | null
  /** The database's present. */
  readonly now: EpochMs
}

/** Returns when workers of a kind were last heard of, and how many of them lately. */
export async function readBeats(
  db: Db,
  role: WorkerRole,
  { withinMs }: { withinMs: number },
): Promise<RoleBeats> {
  const { rows } = await db.query<{ alive: number; last: number | null; present: number }>(
    `select count(*) filter (
         where beat_at > clock_timestamp() - $2 * interval '1 millisecond')::float8 as alive,
       epoch_ms(date_trunc('milliseconds', max(beat_at)))::float8 as last,
       epoch_ms(date_trunc('milliseconds', clock_timestamp()))::float8 as present
     from worker_heartbeats where role = $1`,
    [role, withinMs],
  )
  const { alive, last, present } = rows[0]!
  return { alive, lastBeatAt: last as EpochMs | null, now: present as EpochMs }
}
