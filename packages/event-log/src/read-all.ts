import type { LogPosition, ProjectId, RecordedEvent } from '@portcullis/contracts'

import type { Db } from './db.ts'
import { hashOfEvent, storedHashAt } from './event-hash.ts'
import { oneAhead } from './one-ahead.ts'
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
  const chunks = chunksOf(db, { project, after, through, chunkSize, checkChain })
  for await (const { rows, from, upTo } of oneAhead(chunks)) {
    assertNoGap(rows, from, upTo)
    if (chain !== null) chain = checkedChain(project, rows, chain)
    yield rows.map((row) => recordedEventOf(project, row))
  }
}

interface Range extends Required<Omit<ReadAllOptions, 'after' | 'through'>> {
  readonly after: number
  readonly through: number
}

interface Chunk {
  readonly rows: readonly HashedRow[]
  /** The position before the first one, and the last one. */
  readonly from: number
  readonly upTo: number
}

async function* chunksOf(
  db: Db,
  { project, after, through, chunkSize, checkChain }: Range,
): AsyncGenerator<Chunk, void, undefined> {
  for (let from = after; from < through; from += chunkSize) {
    const upTo = Math.min(from + chunkSize, through)
    const { rows } = await db.query<HashedRow>(
      `select ${EVENT_COLUMNS} ${checkChain ? `, encode(hash, 'hex') as hash` : ''} from events
       where project_id = $1 and position > $2 and position <= $3 order by events.position`,
      [project, from, upTo],
    )
    yield { rows, from, upTo }
  }
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
