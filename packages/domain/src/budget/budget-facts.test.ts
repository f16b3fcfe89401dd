import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS, plusMs, type Slo } from '@portcullis/contracts'
import t from 'tap'

import { documentOf } from '../policy/fixtures/facts.ts'
import { budgetFactsOf, minutesLookedAt } from './budget-facts.ts'
import { MinuteCounts } from './minute-counts.ts'

const NOW = Date.UTC(2026, 10, 30, 12, 0, 30) as EpochMs

function specOf(spec: object = {}): Slo['spec'] {
  return documentOf('Slo', 'checkout', { service: 'checkout', objective: '99%', ...spec }).spec
}

/** Ten requests a minute for so long, and bad ones at some of the minutes. */
function countsOf(
  spec: Slo['spec'],
  forMs: number,
  bad: Readonly<Record<number, number>> = {},
): MinuteCounts {
  const counts = new MinuteCounts(minutesLookedAt(spec), NOW)
  for (let ago = 0; ago < forMs / MINUTE_MS; ago += 1) {
    counts.add(plusMs(NOW, -ago * MINUTE_MS), { bad: bad[ago] ?? 0, total: 10 })
  }
  return counts
}

t.test('a window is its newest minutes, the running one included', async (t) => {
  const spec = specOf()
  const facts = budgetFactsOf(spec, countsOf(spec, 2 * HOUR_MS, { 4: 3, 5: 2 }), NOW)
  t.same(facts?.countsOver(5 * MINUTE_MS), { bad: 3, total: 50 })
  t.same(facts?.countsOver(6 * MINUTE_MS), { bad: 5, total: 60 })
  t.same(facts?.period, { bad: 5, total: 1_200 })
  t.match(facts, { objective: 0.99, periodMs: 28 * DAY_MS })
})

t.test('a calendar period begins anew', async (t) => {
  const spec = specOf({ period: { calendar: 'week', timeZone: 'UTC' } })
  const counts = countsOf(spec, 2 * DAY_MS, { [13 * 60]: 5, [11 * 60]: 1 })
  // A Monday: twelve hours and the running minute are of this week.
  t.same(budgetFactsOf(spec, counts, NOW)?.period, { bad: 1, total: (12 * 60 + 1) * 10 })
})

t.test('without any request in its period there is no budget', async (t) => {
  const spec = specOf({ period: { rolling: '1d' } })
  const counts = new MinuteCounts(minutesLookedAt(spec), NOW)
  counts.add(plusMs(NOW, -2 * DAY_MS), { bad: 1, total: 1 })
  t.equal(budgetFactsOf(spec, counts, NOW), null)
})

t.test('time slices are counted where the objective says so', async (t) => {
  const spec = specOf({ budgeting: 'timeslices', sliceTarget: '90%' })
  const facts = budgetFactsOf(spec, countsOf(spec, HOUR_MS, { 3: 1, 4: 2, 5: 9 }), NOW)
  t.same(facts?.period, { bad: 2, total: 60 })
})

t.test('ahead, windows move on, and good requests come at the present rate', async (t) => {
  const spec = specOf()
  const facts = budgetFactsOf(spec, countsOf(spec, 2 * HOUR_MS, { 4: 3 }), NOW)
  const later = facts?.at(plusMs(NOW, 3 * MINUTE_MS))
  t.same(later?.countsOver(5 * MINUTE_MS), { bad: 0, total: 50 })
  t.same(later?.countsOver(8 * MINUTE_MS), { bad: 3, total: 80 })
  t.same(later?.countsOver(HOUR_MS), { bad: 3, total: 600 })
})
