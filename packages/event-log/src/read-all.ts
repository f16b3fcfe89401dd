import type { LogPosition, ProjectId, RecordedEvent } from '@portcullis/contracts'

import type { Db } from './db.ts'
import { hashOfEvent, storedHashAt } from './event-hash.ts'
import { readHead } from './read-events.ts'
import { EVENT_COLUMNS, type EventRow, recordedEventOf } from './stored-event.ts'

/** How much of a log to read, and how. */
export interface ReadAllOptions {
  readonly project: ProjectId
  /** The last position that is known already; 0, the default, reads from the beginning. */
  readonly after?: LogPosition
  /** The last position to read; by default where the log ends when reading begins. */
  readonly through?: LogPosition
  /** Recompute every hash on the way. Costs about as much as reading (bench `replay`). */
  readonly checkChain?: boolean
  readonly chunkSize?: number
}

type HashedRow = EventRow & { readonly hash?: string } & Record<string, unknown>

const CHUNK_SIZE = 4_000

/**
 * Yields all events of a range in chunks, in the order of their positions. While the caller works on
 * a chunk, the next one is on its way; there is one query at a time, so `db` may be the client of an
 * open transaction that is used for nothing else meanwhile.
 *
 * Throws an error with the code CHAIN_BROKEN at the first position that is missing or, with
 * `checkChain`, whose hash is not that of its content.
 */
export async function* readAll(
  db: Db,
  options: ReadAllOptions,
): AsyncGenerator<readonly RecordedEvent[], void, undefined> {
  const { project, after = 0, checkChain = false, chunkSize = CHUNK_SIZE } = options
  const through = options.through ?? (await readHead(db, project)).position
  let chain = checkChain ? await chainAt(db, project, after) : null
  const load = (from: number) =>
    settled(loadRows(db, { project, from, through, chunkSize, checkChain }))
  let coming = after < through ? load(after) : null
  try {
    for (let from: number = after; coming !== null; from += chunkSize) {
      const rows = valueOf(await coming)
      coming = from + chunkSize < through ? load(from + chunkSize) : null
      assertNoGap(rows, from, Math.min(from + chunkSize, through))
      if (chain !== null) chain = checkedChain(project, rows, chain)
      yield rows.map((row) => recordedEventOf(project, row))
    }
  } finally {
    // Whoever stops early may use the connection at once: the query on the way has ended then.
    await coming
  }
}

type Settled<Value> = PromiseSettledResult<Value>

/** Keeps a failure until it is asked for; nobody may be awaiting it yet when it comes. */
async function settled<Value>(promise: Promise<Value>): Promise<Settled<Value>> {
  const [result] = await Promise.allSettled([promise])
  return result
}

function valueOf<Value>(result: Settled<Value>): Value {
  if (result.status === 'rejected') throw result.reason
  return result.value
}

interface Chunk {
  readonly project: ProjectId
  readonly from: number
  readonly through: number
  readonly chunkSize: number
  readonly checkChain: boolean
}

async function loadRows(db: Db, chunk: Chunk): Promise<HashedRow[]> {
  const { project, from, through, chunkSize, checkChain } = chunk
  const { rows } = await db.query<HashedRow>(
    `select ${EVENT_COLUMNS} ${checkChain ? `, encode(hash, 'hex') as hash` : ''} from events
     where project_id = $1 and position > $2 and position <= $3 order by events.position`,
    [project, from, Math.min(from + chunkSize, through)],
  )
  return rows
}

async function chainAt(db: Db, project: ProjectId, position: number): Promise<string> {
  const chain = await storedHashAt(db, project, position)
  if (chain === null) throw chainBroken(position, 'is missing')
  return chain
}

function assertNoGap(rows: readonly HashedRow[], from: number, through: number): void {
  if (rows.length === through - from) return
  const missing = rows.findIndex((row, index) => row.position !== from + index + 1)
  throw chainBroken(from + 1 + (missing === -1 ? rows.length : missing), 'is missing')
}

function checkedChain(project: ProjectId, rows: readonly HashedRow[], start: string): string {
  let chain = start
  for (const row of rows) {
    chain = hashOfEvent(project, row, chain)
    if (chain !== row.hash) throw chainBroken(row.position, 'is not what was appended')
  }
  return chain
}

function chainBroken(position: number, what: string): Error {
  const error = new Error(`The event at position ${position} ${what}.`)
  return Object.assign(error, { code: 'CHAIN_BROKEN', position })
}
