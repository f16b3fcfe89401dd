import { DAY_MS, HOUR_MS, SECOND_MS } from '@portcullis/contracts'
import t from 'tap'

import { burnRateMax, burnRateOf, burns, firesAfterMs, standardBurnWindows } from './burn-rate.ts'

const DAYS_28 = 28 * DAY_MS
const DAYS_30 = 30 * DAY_MS

function near(found: number, expected: number): boolean {
  return Math.abs(found - expected) <= 1e-4 * expected
}

t.test('a standard pair loses the same share of the budget over any period', async (t) => {
  const rows = [
    ['page_quick', 14.4, 13.44],
    ['page_slow', 6, 5.6],
    ['ticket_quick', 3, 2.8],
    ['ticket_slow', 1, 0.9333],
  ] as const
  for (const [name, factor30, factor28] of rows) {
    t.ok(near(standardBurnWindows(name, DAYS_30).factor, factor30), name)
    t.ok(near(standardBurnWindows(name, DAYS_28).factor, factor28), name)
  }
})

t.test('a few errors of few requests burn fast', async (t) => {
  t.ok(near(burnRateOf({ bad: 1, total: 10 }, 0.999)!, 100))
  t.ok(near(burnRateOf({ bad: 1, total: 100 }, 0.999)!, 10))
  t.ok(near(burnRateOf({ bad: 1, total: 1_000 }, 0.999)!, 1))
  t.equal(burnRateOf({ bad: 0, total: 0 }, 0.999), null)
})

t.test('both windows must burn faster than the factor', async (t) => {
  const pair = { factor: 14.4 }
  const bad = { bad: 20, total: 1_000 }
  const good = { bad: 1, total: 1_000 }
  t.equal(burns({ long: bad, short: bad }, pair, 0.999), true)
  t.equal(burns({ long: bad, short: good }, pair, 0.999), false)
  t.equal(burns({ long: good, short: bad }, pair, 0.999), false)
  t.equal(burns({ long: bad, short: { bad: 0, total: 0 } }, pair, 0.999), false)
  const edge = { bad: 1, total: 2 }
  t.equal(burns({ long: edge, short: edge }, { factor: 2 }, 0.75), false, 'equal is not faster')
})

t.test('a pair fires when so much of the budget is gone, or never', async (t) => {
  const rows: readonly (readonly [
    pair: Parameters<typeof firesAfterMs>[0],
    bad: number,
    s: number,
  ])[] = [
    [{ longMs: HOUR_MS, factor: 14.4 }, 1, 51.84],
    [{ longMs: 6 * HOUR_MS, factor: 6 }, 1, 129.6],
    [{ longMs: DAY_MS, factor: 3 }, 1, 259.2],
    [{ longMs: HOUR_MS, factor: 14.4 }, 0.1, 518.4],
  ]
  for (const [pair, badShare, seconds] of rows) {
    t.ok(near(firesAfterMs(pair, 0.999, badShare), seconds * SECOND_MS), `${seconds} s`)
  }
  t.equal(firesAfterMs({ longMs: HOUR_MS, factor: 4 }, 0.75, 1), Infinity)
})

t.test('the greatest burn rate is that of requests that are all bad', async (t) => {
  t.ok(near(burnRateMax(0.999), 1_000))
  t.ok(burnRateMax(0.93) < 14.4, 'below 93.06 % a factor of 14.4 never fires')
  t.ok(burnRateMax(0.931) > 14.4)
})
