import { type EpochMs, HOUR_MS, MINUTE_MS, plusMs, type ProjectId } from '@portcullis/contracts'
import {
  badCounterOf,
  badTestOf,
  type BatchCells,
  countPackedHour,
  MinuteCounts,
  minutesLookedAt,
  selectsRoute,
  type Steps,
  unpackBatch,
} from '@portcullis/domain'
import { type Db, inTransaction } from '@portcullis/event-log'
import type { Pool } from 'pg'

import { inTurns } from '../in-turns.ts'
import { isoOf } from '../record.ts'
import { readBatches, type RecordedBatch, type ShardHead } from '../traffic/batches.ts'
import { headsOf } from '../traffic/counted-heads.ts'
import { storedRoutes } from '../traffic/query-hours.ts'
import type { BudgetLedger, WantedBudget } from './live-budgets.ts'

/** Batches that are read at a time. */
const BATCHES_READ = 200
/** So far may a bucket be ahead of the present. */
const AHEAD_MS = 5 * MINUTE_MS
/** Hours that one statement reads; a full one takes up to 50 kB. */
const HOURS_AT_ONCE = 256

/**
 * Counts an objective from what is kept: the minutes, and the batches that are not in them yet. One
 * snapshot: what is counted is exactly what was folded up to the shard's head.
 */
export async function countBudget(
  pool: Pool,
  project: ProjectId,
  wanted: WantedBudget,
  now: EpochMs,
): Promise<BudgetLedger> {
  const counts = new MinuteCounts(minutesLookedAt(wanted.spec), now)
  const begin = 'begin isolation level repeatable read read only'
  return inTransaction(
    pool,
    async (tx) => {
      const { minutes, head } = await headsOf(tx, project, wanted.shard)
      await countMinutes(tx, project, { wanted, counts, until: plusMs(now, AHEAD_MS) })
      const ledger: BudgetLedger = { ...wanted, counts, upTo: minutes }
      await advance(tx, project, [ledger], head)
      return ledger
    },
    begin,
  )
}

/** Brings ledgers of one shard to its head; those that are there already stay as they are. */
export async function followBudgets(
  db: Db,
  project: ProjectId,
  { ledgers, head }: { readonly ledgers: readonly BudgetLedger[]; readonly head: ShardHead },
): Promise<void> {
  const behind = ledgers.filter(({ upTo }) => upTo.seq < head.seq)
  if (behind.length > 0) await advance(db, project, behind, head)
}

interface Counting {
  readonly wanted: WantedBudget
  readonly counts: MinuteCounts
  /** The last instant of which minutes are counted. */
  readonly until: EpochMs
}

/** Counts the stored minutes of an objective up to an instant. */
export async function countMinutes(
  tx: Db,
  project: ProjectId,
  { wanted: { scope, spec }, counts, until }: Counting,
): Promise<void> {
  const all = await storedRoutes(tx, project, scope)
  const routes = all.filter((route) => selectsRoute(spec.routes, route))
  const from = plusMs(until, -minutesLookedAt(spec) * MINUTE_MS - HOUR_MS)
  const hours = Math.ceil((until - from) / HOUR_MS)
  const routesAtOnce = Math.max(1, Math.floor(HOURS_AT_ONCE / hours))
  for (let at = 0; at < routes.length; at += routesAtOnce) {
    const { rows } = await tx.query<{ cells: Buffer }>(
      `select cells from metric_minutes where project_id = $1 and service = $2 and environment = $3
         and route = any($4::text[]) and hour_start >= $5 and hour_start <= $6`,
      [
        ...[project, scope.service, scope.environment],
        ...[routes.slice(at, at + routesAtOnce), isoOf(from), isoOf(until)],
      ],
    )
    await inTurns(countHours(rows, { indicator: spec.indicator, counts, until }))
  }
}

function* countHours(
  rows: readonly { readonly cells: Buffer }[],
  { indicator, counts, until }: Omit<Counting, 'wanted'> & Pick<WantedBudget['spec'], 'indicator'>,
): Steps<void> {
  const test = badTestOf(indicator)
  for (const { cells } of rows) {
    countPackedHour(cells, test, (minute, counted) => {
      if (minute <= until) counts.add(minute, counted)
    })
    yield
  }
}

/** Counts the batches up to a shard's head that its ledgers have not counted. */
export async function advance(
  db: Db,
  project: ProjectId,
  ledgers: readonly BudgetLedger[],
  { shard, seq }: ShardHead,
): Promise<void> {
  let after = ledgers.map(({ upTo }) => upTo).reduce((a, b) => (a.seq < b.seq ? a : b))
  while (after.seq < seq) {
    const limit = Math.min(BATCHES_READ, seq - after.seq)
    const batches = await readBatches(db, { project, shard }, { after, limit })
    for (const batch of batches) countBatch(ledgers, batch)
    const last = batches.at(-1)
    if (last === undefined) throw new Error(`shard ${shard} has no batch after ${after.seq}`)
    after = last
  }
}

function countBatch(ledgers: readonly BudgetLedger[], batch: RecordedBatch): void {
  const mine = ledgers.filter(
    ({ upTo, scope }) =>
      upTo.seq < batch.seq &&
      scope.service === batch.service &&
      scope.environment === batch.environment,
  )
  for (const ledger of ledgers)
    if (ledger.upTo.seq < batch.seq) ledger.upTo = { seq: batch.seq, recordedAt: batch.recordedAt }
  if (mine.length === 0) return
  const unpacked = unpackBatch(batch.cells)
  if ('rejected' in unpacked) throw new Error(`batch ${batch.seq}: ${unpacked.rejected}`)
  for (const ledger of mine) countCells(ledger, unpacked.cells)
}

/** Counts the cells of a batch; with `times` -1, takes back that they were counted. */
export function countCells(
  { spec, counts }: Pick<BudgetLedger, 'spec' | 'counts'>,
  cells: BatchCells,
  times: 1 | -1 = 1,
): void {
  const badOf = badCounterOf(spec.indicator)
  for (const [start, routes] of cells) {
    for (const [route, cell] of routes) {
      if (!selectsRoute(spec.routes, route)) continue
      const bad = badOf(cell)
      counts.add(start, { bad: times * bad, total: times * cell.count })
    }
  }
}
