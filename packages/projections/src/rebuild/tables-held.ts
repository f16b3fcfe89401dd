import type { Db } from '@portcullis/event-log'

import { projectionTables } from './tables.ts'

/**
 * Tells whether another session has written to a projection in a transaction that goes on for longer
 * than `sinceMs`: somebody in psql, who would keep a cut-over waiting. It looks and waits for nothing.
 * Of a session of another role Postgres does not tell how long, so that one counts whatever it is.
 */
export async function areTablesHeld(db: Db, sinceMs: number): Promise<boolean> {
  const { rows } = await db.query<{ held: boolean }>(
    `select exists (
       select from pg_locks as held left join pg_stat_activity as session using (pid)
       where held.database = (select oid from pg_database where datname = current_database())
         and held.relation = any($1::regclass[]::oid[]) and held.granted
         and held.mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock',
           'ExclusiveLock', 'AccessExclusiveLock', 'ShareUpdateExclusiveLock')
         and held.pid is distinct from pg_backend_pid()
         and coalesce(session.xact_start, '-infinity')
           < clock_timestamp() - $2 * interval '1 millisecond') as held`,
    [projectionTables.map(({ table }) => `public.${table}`), sinceMs],
  )
  return rows[0]!.held
}
