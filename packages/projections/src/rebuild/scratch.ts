import type { Db } from '@portcullis/event-log'

/**
 * Makes an empty temporary twin of each table in this session. Temporary tables come first in the
 * search path, so the same folds that write the live tables fill the twins instead; `public.` names
 * the live ones. They end with the session (or with the transaction, when it is rolled back), and
 * are not written to the WAL, which is what makes a rebuild cheap.
 */
export async function createScratch(session: Db, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    await session.query(`create temporary table ${table} (like public.${table} including all)`)
  }
}
