import type { ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import type { ComparedTable } from './compare.ts'

/**
 * Makes a live table equal to its rebuilt twin by writing only the rows that differ, and returns how
 * many did. The table itself stays, and with it the view, the triggers, the grants and the prepared
 * plans of everybody else; swapping tables would have to make all of those again.
 *
 * The caller holds the locks that keep both sides still.
 */
export async function cutOverTable(
  session: Db,
  compared: ComparedTable,
  { project, horizon }: { project: ProjectId; horizon: Date },
): Promise<number> {
  const key = ['project_id', ...compared.key]
  const where = `project_id = $1 and ${compared.where ?? '$2::timestamptz is not null'}`
  const match = key.map((column) => `live.${column} = rebuilt.${column}`).join(' and ')
  const { rows: removed } = await session.query(
    `delete from public.${compared.table} as live
     where ${where} and not exists (select from pg_temp.${compared.table} as rebuilt where ${match})
     returning 1`,
    [project, horizon],
  )
  const columns = await columnsOf(session, compared.table)
  const updates = columns
    .filter((column) => !key.includes(column))
    .map((column) => `${column} = excluded.${column}`)
  const { rows: written } = await session.query(
    `insert into public.${compared.table} (${columns.join(', ')})
     select ${columns.map((column) => `rebuilt.${column}`).join(', ')}
     from (select * from pg_temp.${compared.table} where ${where}) as rebuilt
     left join public.${compared.table} as live on ${match}
     where live is distinct from rebuilt
     on conflict (${key.join(', ')}) do update set ${updates.join(', ')}
     returning 1`,
    [project, horizon],
  )
  return removed.length + written.length
}

async function columnsOf(session: Db, table: string): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = ('public.' || $1)::regclass and attnum > 0 and not attisdropped
     order by attnum`,
    [table],
  )
  return rows.map((row) => row.name)
}
