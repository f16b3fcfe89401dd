import {
  DAY_MS,
  type EpochMs,
  HOUR_MS,
  MINUTE_MS,
  minuteStartOf,
  plusMs,
} from '@portcullis/contracts'
import type { Span } from '@portcullis/domain'

import { type Bench, type BenchContext, type Measured, sized } from '../bench.ts'
import { startChild } from '../children/start-child.ts'
import { SERVICES } from '../history/minute-shapes.ts'
import { type OldDatabase, startOldDatabase } from '../history/old-database.ts'
import { setHeads, writeBatches } from '../history/write-batches.ts'
import { writeMinutes } from '../history/write-minutes.ts'
import { medianOfRounds } from '../rounds.ts'
import type { BacktestingProcess, Tried, TriedOut } from './backtesting-process.ts'
import { BY_MINUTES, PRECISE } from './policies.ts'

const DAYS = 14
const MINUTE_DAYS = 90
const QUICK_DAYS = 1
/** Before the first verdict there is as much as windows hold. */
const AHEAD_MS = HOUR_MS

/**
 * How long it takes to try policies on the past: a verdict about four services of 50 routes for every minute of two
 * weeks, from batches, and for every minute of 90 days, from stored minutes. The read is part of it.
 */
export const backtestBench: Bench = {
  name: 'backtest',
  measures:
    'a verdict a minute over 200 routes: of two weeks from batches, of 90 days from minutes',
  targets: [
    { key: 'seconds_14d', bound: 'at most', limit: 20 },
    { key: 'seconds_90d', bound: 'at most', limit: 20 },
  ],
  run,
}

async function run(context: BenchContext): Promise<Measured> {
  const { scope } = context
  const to = minuteStartOf(Date.now() as EpochMs)
  const batches = await prepared(
    context,
    spanOf(to, sized(context, DAYS, QUICK_DAYS)),
    writeBatches,
  )
  const minutes = await prepared(
    context,
    spanOf(to, sized(context, MINUTE_DAYS, QUICK_DAYS)),
    async (pool, span) => {
      // That there were batches is known, and none of them is kept.
      for (const shard of SERVICES.keys()) await setHeads(pool, { shard, seq: 1, recordedAt: to })
      return writeMinutes(pool, span)
    },
  )
  const { rows } = await batches.pool.query<{ server_version: string }>('show server_version')
  const tryOut = async (past: Past, documents: readonly object[], precision: string) => {
    // A process of its own for each, as a first question finds it.
    const child = startChild<BacktestingProcess>(
      scope,
      new URL('backtesting-process.ts', import.meta.url),
    )
    const tried = await child.call('tryOut', { ...askedOf(past), documents })
    await child.end()
    checkTried(tried, past, precision)
    return tried
  }
  const medians = await medianOfRounds(context, async () => {
    const precise = await tryOut(batches, PRECISE, 'exact')
    const byMinutes = await tryOut(minutes, BY_MINUTES, 'minute')
    return {
      seconds_14d: precise.elapsedMs / 1_000,
      cpu_14d: precise.cpuMs / 1_000,
      seconds_90d: byMinutes.elapsedMs / 1_000,
      cpu_90d: byMinutes.cpuMs / 1_000,
    }
  })
  return { figures: medians, postgres: rows[0]!.server_version }
}

type Past = OldDatabase & { readonly span: Span }

function spanOf(to: EpochMs, days: number): Span {
  return { from: plusMs(to, -days * DAY_MS - AHEAD_MS), to }
}

/** Starts a database of its own with a past. */
async function prepared(
  { scope, say }: BenchContext,
  span: Span,
  write: (pool: OldDatabase['pool'], span: Span) => Promise<number>,
): Promise<Past> {
  const begin = performance.now()
  const database = await startOldDatabase(scope, span.from)
  const written = await write(database.pool, span)
  await database.pool.query('vacuum analyze')
  say(`wrote ${written} rows in ${Math.round((performance.now() - begin) / 1_000)} s`)
  return { ...database, span }
}

function askedOf({ url, span: { from, to } }: Past): Omit<Tried, 'documents'> {
  return { connectionString: url, from: plusMs(from, AHEAD_MS), to, stepMs: MINUTE_MS }
}

/** A past in which nothing happened would be tried fast. */
function checkTried(tried: TriedOut, { span: { from, to } }: Past, precision: string): void {
  const { verdicts, outcomes } = tried.track
  const isWhole = verdicts === (to - from - AHEAD_MS) / MINUTE_MS && tried.precision === precision
  if (isWhole && outcomes.pass > 0 && outcomes.fail > 0) return
  throw new Error(`The trial is not what was asked for: ${JSON.stringify(tried)}`)
}
