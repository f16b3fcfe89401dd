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
