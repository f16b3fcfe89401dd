import { type Bench, type BenchContext, type Measured, sized } from '../bench.ts'
import { type Child, startChild } from '../children/start-child.ts'
import { openDatabase, postgresVersion } from '../product/database.ts'
import { startProduct } from '../product/start-product.ts'
import { medianOfRounds } from '../rounds.ts'
import { withScope } from '../scope.ts'
import { percentile } from '../statistics.ts'
import type { PagingProcess } from './paging-process.ts'

const PER_SECOND = 100
const STEADY_S = 20
const STEADY_S_QUICK = 3
const STORM = 5_000
const STORM_QUICK = 500
const WARM_UP = 50
/** Any 24 bytes. */
const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u'

interface Round {
  readonly p50_ms: number
  readonly p99_ms: number
  readonly storm_s: number
}

/**
 * From the batch that raises an alarm to the arrival of its webhook: at 100 incidents a second, and with
 * 5,000 at once over 20 services. Every round has a product of its own, so that none has more routes
 * than the limits allow, and all begin alike.
 */
export const pageBench: Bench = {
  name: 'page',
  measures: 'from an alarm-raising batch to the arrival of its webhook; a storm of 5,000 at once',
  targets: [
    { key: 'p50_ms', bound: 'at most', limit: 30 },
    { key: 'p99_ms', bound: 'at most', limit: 100 },
    { key: 'storm_s', bound: 'at most', limit: 8 },
  ],
  run,
}

async function run(context: BenchContext): Promise<Measured> {
  const paging = startChild<PagingProcess>(
    context.scope,
    new URL('paging-process.ts', import.meta.url),
  )
  const receiverPort = await paging.call('receive', undefined)
  let postgres = ''
  const figures = await medianOfRounds(context, (round) =>
    withScope(async (scope) => {
      const product = await startProduct(scope, {
        WEBHOOK_URL: `http://127.0.0.1:${receiverPort}/`,
        WEBHOOK_SECRET: SECRET,
      })
      postgres = await postgresVersion(await openDatabase(scope, product))
      return measure(context, paging, { port: product.port, token: product.token, round })
    }),
  )
  return { figures, postgres }
}

async function measure(
  context: BenchContext,
  paging: Child<PagingProcess>,
  { port, token, round }: { port: number; token: string; round: number },
): Promise<Round> {
  const perSecond = PER_SECOND
  // Names are letters and a number; the letter of the round keeps those of rounds apart.
  const letter = String.fromCodePoint('a'.codePointAt(0)! + round)
  await paging.call('page', { port, token, label: `warm${letter}`, perSecond, count: WARM_UP })
  const count = PER_SECOND * sized(context, STEADY_S, STEADY_S_QUICK)
  const delaysMs = await paging.call('page', {
    port,
    token,
    label: `steady${letter}`,
    perSecond,
    count,
  })
  const stormMs = await paging.call('storm', {
    port,
    token,
    label: `storm${letter}`,
    count: sized(context, STORM, STORM_QUICK),
  })
  return {
    p50_ms: percentile(delaysMs, 50),
    p99_ms: percentile(delaysMs, 99),
    storm_s: stormMs / 1_000,
  }
}
