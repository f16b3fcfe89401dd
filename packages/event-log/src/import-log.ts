import {
  type ExportedEnd,
  ExportedLine,
  type ExportedLog,
  type ProjectId,
} from '@portcullis/contracts'
import type { Pool } from 'pg'

import type { Db } from './db.ts'
import { type ExportedRow, insertRows } from './import-rows.ts'
import { inTransaction } from './transaction.ts'
import { verifyBatches } from './verify-batches.ts'
import { verifyChain } from './verify-chain.ts'

/** How many rows of each kind were imported. */
export type ImportReport = Omit<ExportedEnd, 'kind'>

/** What the rows of a kind are counted as, and how many of them one INSERT writes at most. */
const KINDS = {
  shard: { counted: 'shards', rowsMax: 100 },
  person: { counted: 'people', rowsMax: 1_000 },
  event: { counted: 'events', rowsMax: 1_000 },
  batch: { counted: 'batches', rowsMax: 100 },
  minutes: { counted: 'minutes', rowsMax: 100 },
} as const satisfies Record<ExportedRow['kind'], { counted: keyof ImportReport; rowsMax: number }>

/** Looks at what was imported, before it is committed, and returns what is wrong with it, or null. */
export type ImportCheck = (tx: Db, project: ProjectId) => Promise<{ detail: string } | null>

/**
 * Writes an export into a database whose project is still empty, checks every hash and what `check`
 * looks at, and returns what was written. All or nothing: one transaction. Projections are not part
 * of an export; rebuild them afterwards.
 *
 * Throws when something is there already, and when a line cannot be read, is missing, or does not
 * hold what its hash says.
 */
export async function importLog(
  pool: Pool,
  lines: AsyncIterable<string> | Iterable<string>,
  check: ImportCheck = async () => null,
): Promise<ImportReport> {
  return await inTransaction(pool, async (tx) => {
    await tx.query('set local statement_timeout = 0')
    await tx.query('set local idle_in_transaction_session_timeout = 0')
    const { project, report } = await writeLines(tx, lines)
    await assertIntact(tx, project, check)
    return report
  })
}

async function writeLines(
  tx: Db,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<{ project: ProjectId; report: ImportReport }> {
  const report = { shards: 0, people: 0, events: 0, batches: 0, minutes: 0 }
  const groups = groupsOf(lines)
  const first = await groups.next()
  const log = first.done === true ? undefined : first.value[0]
  if (log?.kind !== 'log') throw new Error('The first line is not that of an exported log.')
  await claimProject(tx, log)
  for await (const group of groups) {
    const line = group[0]!
    if (line.kind === 'log') throw new Error('A second log begins within the export.')
    if (line.kind === 'end') {
      assertComplete(report, line)
      if ((await groups.next()).done !== true) throw new Error('More lines come after the end.')
      return { project: log.project, report }
    }
    await insertRows(tx, log.project, group as readonly ExportedRow[])
    report[KINDS[line.kind].counted] += group.length
  }
  throw new Error('The export was cut short: its last line is missing.')
}

/** Yields the lines of an export in groups of one kind, not more than one INSERT may write. */
async function* groupsOf(
  lines: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<readonly ExportedLine[], void, undefined> {
  let group: ExportedLine[] = []
  let number = 0
  for await (const text of lines) {
    number += 1
    const line = parseLine(text, number)
    if (group.length > 0 && (group[0]!.kind !== line.kind || group.length === rowsMaxOf(line))) {
      yield group
      group = []
    }
    group.push(line)
  }
  if (group.length > 0) yield group
}

function rowsMaxOf({ kind }: ExportedLine): number {
  return kind === 'log' || kind === 'end' ? 1 : KINDS[kind].rowsMax
}

function parseLine(text: string, number: number): ExportedLine {
  try {
    return ExportedLine.parse(JSON.parse(text))
  } catch (cause) {
    throw new Error(`Line ${number} is not a line of an exported log.`, { cause })
  }
}

function assertComplete(report: ImportReport, end: ExportedEnd): void {
  for (const { counted } of Object.values(KINDS)) {
    if (report[counted] !== end[counted]) {
      throw new Error(`${end[counted]} ${counted} were exported, but ${report[counted]} came.`)
    }
  }
}

/** Locks the project's head, makes sure nothing is there yet, and puts the head where the log ends. */
async function claimProject(tx: Db, log: ExportedLog): Promise<void> {
  const { project, position, chain, recordedAt } = log
  await tx.query(
    `insert into log_heads values ($1, 0, sha256(''), 'epoch') on conflict do nothing`,
    [project],
  )
  await tx.query('select from log_heads where project_id = $1 for update', [project])
  const { rows } = await tx.query<{ taken: boolean }>(
    `select exists (select from events where project_id = $1)
       or exists (select from metric_batches where project_id = $1)
       or exists (select from metric_minutes where project_id = $1)
       or exists (select from people where project_id = $1) as taken`,
    [project],
  )
  if (rows[0]?.taken !== false) {
    throw new Error(`Project ${project} is not empty here: a log is imported into a new database.`)
  }
  await tx.query(
    `update log_heads set position = $2, chain = decode($3, 'hex'), recorded_at = $4
     where project_id = $1`,
    [project, position, chain, new Date(recordedAt).toISOString()],
  )
}

async function assertIntact(tx: Db, project: ProjectId, check: ImportCheck): Promise<void> {
  const looks = [
    async () => (await verifyChain(tx, project)).mismatch,
    async () => (await verifyBatches(tx, project)).mismatch,
    () => check(tx, project),
  ]
  for (const look of looks) {
    const mismatch = await look()
    if (mismatch !== null) throw new Error(`Nothing was imported. ${mismatch.detail}`)
  }
}
