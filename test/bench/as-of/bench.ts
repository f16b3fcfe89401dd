import { DAY_MS, type EpochMs, HOUR_MS, minuteStartOf, plusMs } from '@portcullis/contracts'

import { type Bench, type BenchContext, type Measured, sized } from '../bench.ts'
import { startChild } from '../children/start-child.ts'
import { SERVICES } from '../history/minute-shapes.ts'
import { startOldDatabase } from '../history/old-database.ts'
import { writeBatches } from '../history/write-batches.ts'
import { writeMinutes } from '../history/write-minutes.ts'
import { requestBytes } from '../http/request-bytes.ts'
import type { Asked, AskingProcess } from '../load/asking-process.ts'
import { askJson } from '../product/ask.ts'
import { openDatabase, postgresVersion, waitUntilQuiet } from '../product/database.ts'
import { type Product, startProduct } from '../product/start-product.ts'
import { medianOfRounds } from '../rounds.ts'

const DAYS = 14
const DAYS_QUICK = 1
const SLICE_MS = 20_000
const SLICE_MS_QUICK = 3_000
/** Instants of one service that are asked for in a round, at most. */
const INSTANTS = 1_000
/** So far are they apart: no two of them lie in the same ten seconds, nor in the same place of them. */
const APART_MS = 37_000

/**
 * The time of one verdict of the past: each question is about another instant of a day two weeks ago, of one service
 * of 50 routes or of all four of them. Windows are folded again from the batches of then, for every answer.
 */
export const asOfBench: Bench = {
  name: 'as-of',
  measures: 'the time of a verdict as of two weeks ago, over 200 routes of four services',
  targets: [
    { key: 'p50_ms', bound: 'at most', limit: 100 },
    { key: 'p99_ms', bound: 'at most', limit: 400 },
    { key: 'all_p50_ms', bound: 'at most', limit: 400 },
  ],
  run,
}

async function run(context: BenchContext): Promise<Measured> {
  const { scope, say } = context
  const days = sized(context, DAYS, DAYS_QUICK)
  const to = minuteStartOf(Date.now() as EpochMs)
  const from = plusMs(to, -days * DAY_MS - 2 * HOUR_MS)
  const begin = performance.now()
  const { url, pool } = await startOldDatabase(scope, from)
  const batches = await writeBatches(pool, { from, to })
  await writeMinutes(pool, { from, to })
  await pool.query('vacuum analyze')
  say(`wrote ${batches} batches in ${Math.round((performance.now() - begin) / 1_000)} s`)
  const product = await startProduct(scope, { DATABASE_URL: url })
  const database = await openDatabase(scope, product)
  await waitUntilQuiet(database)
  const asking = startChild<AskingProcess>(
    scope,
    new URL('../load/asking-process.ts', import.meta.url),
  )
  const durationMs = sized(context, SLICE_MS, SLICE_MS_QUICK)
  let first = plusMs(from, HOUR_MS)
  const ask = async (services: readonly (string | null)[]): Promise<Asked> => {
    const requests = questions(product, services, first)
    first = plusMs(first, 1_000)
    const asked = await asking.call('ask', {
      port: product.port,
      connections: 1,
      durationMs,
      requests,
    })
    checkStatuses(asked)
    return asked
  }
  await checkAnswer(product, plusMs(from, HOUR_MS))
  // Finds the code cold.
  await ask(SERVICES)
  const medians = await medianOfRounds(context, async () => {
    const one = await ask(SERVICES)
    const all = await ask([null])
    return { p50_ms: one.p50Ms, p99_ms: one.p99Ms, all_p50_ms: all.p50Ms, all_p99_ms: all.p99Ms }
  })
  return { figures: medians, postgres: await postgresVersion(database) }
}

/** Each about another instant, of the services in turn; null asks about all of them. */
function questions(
  { token }: Product,
  services: readonly (string | null)[],
  first: EpochMs,
): Buffer[] {
  return Array.from({ length: INSTANTS }, (_, nth) => {
    const service = services[nth % services.length]
    const at = new Date(first + nth * APART_MS).toISOString()
    const of = service === null ? '' : `service=${service}&`
    return requestBytes({ method: 'GET', path: `/ops/release-guard?${of}at=${at}`, token })
  })
}

/** An answer from stored minutes, or one that saw nothing, would be fast. */
async function checkAnswer(product: Product, at: EpochMs): Promise<void> {
  const path = `/ops/release-guard?at=${new Date(at).toISOString()}`
  const answer = (await askJson(product, path, [200, 503])) as {
    readonly precision: string
    readonly warnings: readonly { readonly reason: string }[]
  }
  const sawNothing = answer.warnings.some(({ reason }) => reason === 'no_data')
  if (answer.precision !== 'exact' || sawNothing) {
    throw new Error(`The past is not what was written: ${JSON.stringify(answer)}`)
  }
}

function checkStatuses({ answered, statuses }: Asked): void {
  const told = (statuses[200] ?? 0) + (statuses[503] ?? 0)
  if (told !== answered) throw new Error(`The guard answered ${JSON.stringify(statuses)}.`)
}
