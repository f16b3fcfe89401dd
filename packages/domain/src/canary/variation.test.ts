import type { EpochMs } from '@portcullis/contracts'
import t from 'tap'

import { NO_TALLY, type Tally } from './tally.ts'
import {
  addToVariation,
  boutsOf,
  dispersionsOf,
  NO_VARIATION,
  type Variation,
} from './variation.ts'

const START = 1_795_000_020_000

/** 1,000 requests, of which some are errors. */
const tallyWith = (errors: number): Tally => ({
  requests: NO_TALLY.requests.with(0, 1_000),
  bad: NO_TALLY.bad.with(0, errors),
})

function variationOf(errors: readonly number[]): Variation {
  return errors.reduce(
    (sum, count, nth) => addToVariation(sum, (START + nth * 10_000) as EpochMs, tallyWith(count)),
    NO_VARIATION,
  )
}

/** Half an hour. */
const over = (errorsAt: (nth: number) => number): number[] =>
  Array.from({ length: 180 }, (_, nth) => errorsAt(nth))

t.test('steady errors do not vary', async (t) => {
  t.same(dispersionsOf(variationOf(over(() => 5)), 0), { beside: 1, before: 1 })
})

t.test('bursts vary from bucket to bucket', async (t) => {
  const { beside, before } = dispersionsOf(variationOf(over((nth) => (nth % 6 === 0 ? 30 : 0))), 0)
  t.ok(beside > 25, `${beside}`)
  t.equal(
    before,
    beside,
    'every minute has one: minutes are steady, and nothing is below that of buckets',
  )
})

t.test('what comes and goes over minutes is told where times are compared', async (t) => {
  const wave = over((nth) => 20 + (Math.floor(nth / 18) % 2) * 10)
  const { beside, before } = dispersionsOf(variationOf(wave), 0)
  t.ok(beside < 1.5, `${beside}`)
  t.ok(before > 4 * beside, `${before}`)
})

t.test('half an hour is enough', async (t) => {
  const calm = over(() => 5)
  const known = variationOf([...calm, 5])
  const { buckets, minutes } = variationOf([...calm, 5, ...over(() => 100)])
  t.same(buckets, known.buckets)
  t.same(minutes, known.minutes)
})

t.test('errors of a bucket may be one burst as long as too few tell otherwise', async (t) => {
  const rows: readonly (readonly [known: number, errors: number, bouts: number])[] = [
    [0, 0, 0],
    [0, 1, 1],
    [0, 5, 1],
    [0, 6, 2],
    [99, 5_000, 1_000],
    [100, 10, 10],
  ]
  for (const [known, errors, bouts] of rows) {
    t.equal(boutsOf(tallyWith(errors), variationOf([known]))[0], bouts, `${errors} after ${known}`)
  }
})
