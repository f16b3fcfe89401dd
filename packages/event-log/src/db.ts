import type { QueryResultRow } from 'pg'

/** A statement that each connection plans once, by its name: for those of which a batch or a command needs one. */
export interface NamedStatement {
  readonly name: string
  readonly text: string
  readonly values: unknown[]
}

/**
 * What runs one parametrised SQL statement: a `pg.Pool`, or a `pg.PoolClient` inside a transaction.
 * The hot paths are few, hand-written statements over arrays; they need no more than this.
 */
export interface Db {
  query<Row extends QueryResultRow>(
    statement: string | NamedStatement,
    values?: unknown[],
  ): Promise<{ rows: Row[] }>
}
