import type { Db } from '@portcullis/event-log'

/** A table, and the columns of its primary key after `project_id`. */
export interface KeyedTable {
  readonly table: string
  readonly key: readonly string[]
}

/**
 * Makes an empty temporary twin of each table in this session. Temporary tables come first in the
 * search path, so the same folds that write the live tables fill the twins instead; `public.` names
 * the live ones. They end with the session (or with the transaction, when it is rolled back), and
 * are not written to the WAL, which is what makes a rebuild cheap. Of the indexes they have the one
 * of the primary key: nobody looks for their rows by anything else. Beside each is one without any, into
 * which rows are copied before they replace those of the twin.
 */
export async function createScratch(session: Db, tables: readonly KeyedTable[]): Promise<void> {
  for (const { table, key } of tables) {
    await session.query(
      `create temporary table ${table} (like public.${table} including all excluding indexes,
         primary key (${['project_id', ...key].join(', ')}))`,
    )
    await session.query(`create temporary table ${stagedOf(table)} (like public.${table})`)
  }
}

/** Returns the name of the table into which rows of a twin are copied. */
export function stagedOf(table: string): string {
  return `staged_${table}`
}
