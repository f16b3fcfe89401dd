import type { Pool, PoolClient } from 'pg'

/** Where `server_version_num` of PostgreSQL 15 begins. */
const VERSION_MIN = 150_000

/** What two sessions that are open at the same time say of their server. */
export interface ServerFacts {
  /** `server_version_num`. */
  readonly versionNumber: number
  readonly version: string
  /** The server's processes that answered the statements of each session. */
  readonly first: readonly number[]
  readonly second: readonly number[]
}

/** More than enough: a pooler gives the connection that was used last to whoever comes next. */
const ROUNDS = 4

const POOLED =
  'The database is reached through a pooler that gives each transaction another connection, ' +
  'PgBouncer in transaction mode for instance: LISTEN and the locks and settings of a session are ' +
  'lost there. Let DATABASE_URL name the PostgreSQL server itself, or a pooler in session mode ' +
  'that passes `statement_timeout` and `idle_in_transaction_session_timeout` on.'

/** Throws a sentence unless the server is one that Portcullis can work on. */
export async function assertServerIsUsable(pool: Pool): Promise<void> {
  const refusal = refusalOf(await askServer(pool))
  if (refusal !== undefined) throw new Error(refusal)
}

/** Returns why Portcullis cannot work on such a server, or undefined. */
export function refusalOf({
  versionNumber,
  version,
  first,
  second,
}: ServerFacts): string | undefined {
  if (versionNumber < VERSION_MIN) {
    return `Portcullis needs PostgreSQL 15 or newer, and the server is PostgreSQL ${version}.`
  }
  // A session of its own has one process from its beginning to its end, and shares it with none.
  const processes = new Set([...first, ...second])
  const isPooled = processes.size !== 2 || new Set(first).size !== 1
  return isPooled ? POOLED : undefined
}

async function askServer(pool: Pool): Promise<ServerFacts> {
  const first = await connect(pool)
  try {
    const second = await connect(pool)
    try {
      const { rows } = await first.query<{ number: number; version: string }>(
        `select current_setting('server_version_num')::int as number,
           current_setting('server_version') as version`,
      )
      const pids: { first: number[]; second: number[] } = { first: [], second: [] }
      for (let round = 0; round < ROUNDS; round += 1) {
        pids.first.push(await pidOf(first))
        pids.second.push(await pidOf(second))
      }
      return { versionNumber: rows[0]!.number, version: rows[0]!.version, ...pids }
    } finally {
      second.release()
    }
  } finally {
    first.release()
  }
}

/** PgBouncer refuses what a session sets at its beginning, unless it was told to let that pass. */
async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect()
  } catch (cause) {
    const isPooler = cause instanceof Error && /unsupported startup parameter/u.test(cause.message)
    throw isPooler ? new Error(POOLED, { cause }) : cause
  }
}

async function pidOf(session: PoolClient): Promise<number> {
  const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]!.pid
}
