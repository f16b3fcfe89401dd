import type { ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** A table that verification compares with its rebuilt twin. */
export interface ComparedTable {
  readonly table: string
  /** Columns of the primary key after `project_id`. */
  readonly key: readonly string[]
  /**
   * SQL condition on the columns of one row, that leaves out what retention may have taken from one
   * side already. `$2` is the horizon, a timestamptz.
   */
  readonly where?: string
}

/** One row that is not what the log says. */
export interface Difference {
  readonly table: string
  readonly key: Readonly<Record<string, unknown>>
  readonly columns: readonly { column: string; stored: unknown; rebuilt: unknown }[]
}

/**
 * Compares a live table with its rebuilt twin, column by column, and returns the first differences
 * by key, at most `limit`. A row that one side lacks differs in every column.
 */
export async function compareTable(
  session: Db,
  compared: ComparedTable,
  { project, horizon, limit }: { project: ProjectId; horizon: Date; limit: number },
): Promise<Difference[]> {
  const join = ['project_id', ...compared.key].join(', ')
  const where = `project_id = $1 and ${compared.where ?? '$2::timestamptz is not null'}`
  const { rows } = await session.query<{
    stored: Record<string, unknown> | null
    rebuilt: Record<string, unknown> | null
  }>(
    `select to_jsonb(stored) as stored, to_jsonb(rebuilt) as rebuilt
     from (select * from public.${compared.table} where ${where}) as stored
     full join (select * from pg_temp.${compared.table} where ${where}) as rebuilt using (${join})
     where stored is distinct from rebuilt
     order by ${join} limit $3`,
    [project, horizon, limit],
  )
  return rows.map(({ stored, rebuilt }) => differenceOf(compared, stored, rebuilt))
}

function differenceOf(
  compared: ComparedTable,
  stored: Record<string, unknown> | null,
  rebuilt: Record<string, unknown> | null,
): Difference {
  const either = stored ?? rebuilt ?? {}
  const columns = Object.keys(either)
    .map((column) => ({
      column,
      stored: stored?.[column] ?? null,
      rebuilt: rebuilt?.[column] ?? null,
    }))
    .filter((pair) => JSON.stringify(pair.stored) !== JSON.stringify(pair.rebuilt))
  const key = Object.fromEntries(compared.key.map((column) => [column, either[column]]))
  return { table: compared.table, key, columns }
}
