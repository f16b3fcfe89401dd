import type { QueryResultRow } from 'pg'

/**
 * What runs one parametrised SQL statement: a `pg.Pool`, or a `pg.PoolClient` inside a transaction.
 * The hot paths are few, hand-written statements over arrays; they need no more than this.
 */
export interface Db {
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>
}
