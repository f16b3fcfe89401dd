import { DAY_MS } from '@portcullis/contracts'
import t from 'tap'

import { countSlices, errorBudgetOf, exhaustedAfterMs } from './error-budget.ts'

t.test('a budget is what the objective allows of all that happened', async (t) => {
  // Two weeks of 24,000 requests a day at 95 % (OpenSLO, examples of budgeting methods).
  const total = 14 * 24_000
  t.equal(total, 336_000)
  const untouched = errorBudgetOf({ bad: 0, total }, 0.95)
  t.equal(Math.round(untouched.allowed), 16_800)
  t.equal(untouched.remaining, 1)
  t.equal(errorBudgetOf({ bad: 8_400, total }, 0.95).remaining?.toFixed(9), '0.500000000')
  t.equal(errorBudgetOf({ bad: 33_600, total }, 0.95).remaining?.toFixed(9), '-1.000000000')
  t.equal(errorBudgetOf({ bad: 0, total: 0 }, 0.95).remaining, null)
})

t.test('slices count as a whole, and silent ones not at all', async (t) => {
  // The same two weeks in slices of a minute.
  t.equal(Math.round(errorBudgetOf({ bad: 0, total: 20_160 }, 0.95).allowed), 1_008)
  const slices = [
    { bad: 0, total: 100 },
    { bad: 1, total: 100 },
    { bad: 2, total: 100 },
    { bad: 0, total: 0 },
    { bad: 1, total: 1 },
  ]
  t.strictSame(countSlices(slices, 0.99), { bad: 2, total: 4 })
})

t.test('a budget that burns no faster than it comes back is never used up', async (t) => {
  const period = 28 * DAY_MS
  t.equal(exhaustedAfterMs({ remaining: 0.5 }, 1, period), null)
  t.equal(exhaustedAfterMs({ remaining: 0.5 }, 0, period), null)
  t.equal(exhaustedAfterMs({ remaining: 0.5 }, 14, period), DAY_MS)
  t.equal(exhaustedAfterMs({ remaining: 0 }, 2, period), 0)
  t.equal(exhaustedAfterMs({ remaining: -0.1 }, 0, period), 0)
  t.equal(exhaustedAfterMs({ remaining: null }, 5, period), null)
})
