import { DAY_MS, type EpochMs, MINUTE_MS, plusMs } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { MinuteCounts } from './minute-counts.ts'

const NOW = Date.UTC(2026, 0, 5, 12, 0, 30) as EpochMs
const minutesAgo = (minutes: number) => plusMs(NOW, -minutes * MINUTE_MS)

t.test('minutes are summed from the first to the last, both included', async (t) => {
  const counts = new MinuteCounts(60, NOW)
  counts.add(minutesAgo(5), { bad: 1, total: 10 })
  counts.add(minutesAgo(5), { bad: 1, total: 5 })
  counts.add(NOW, { bad: 0, total: 7 })
  t.same(counts.sum(minutesAgo(5), NOW), { bad: 2, total: 22 })
  t.same(counts.sum(minutesAgo(4), NOW), { bad: 0, total: 7 })
  t.same(counts.sum(minutesAgo(9), minutesAgo(5)), { bad: 2, total: 15 })
  t.same(counts.sum(NOW, minutesAgo(1)), { bad: 0, total: 0 })
})

t.test('slices are minutes that had requests', async (t) => {
  const counts = new MinuteCounts(60, NOW)
  counts.add(minutesAgo(3), { bad: 1, total: 10 })
  counts.add(minutesAgo(2), { bad: 0, total: 10 })
  counts.add(NOW, { bad: 6, total: 100 })
  t.same(counts.slices(minutesAgo(10), NOW, 0.95), { bad: 2, total: 3 })
})

t.test('whatever comes in whatever order, the newest minutes are all there', async () => {
  const MINUTES = 120
  const event = fc.record({
    at: fc.integer({ min: -200, max: 3 * 24 * 60 }),
    bad: fc.integer({ min: 0, max: 3 }),
    more: fc.integer({ min: 0, max: 9 }),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const counts = new MinuteCounts(MINUTES, NOW)
      for (const { at, bad, more } of events) {
        counts.add(plusMs(NOW, at * MINUTE_MS), { bad, total: bad + more })
      }
      const newest = Math.max(0, ...events.map(({ at }) => at))
      const kept = events.filter(({ at }) => at > newest - MINUTES)
      const found = counts.sum(
        plusMs(NOW, (newest - MINUTES + 1) * MINUTE_MS),
        plusMs(NOW, newest * MINUTE_MS),
      )
      // What was older than all that was kept when it came is not there, and need not be.
      return (
        found.bad === kept.reduce((sum, { bad }) => sum + bad, 0) &&
        found.total === kept.reduce((sum, { bad, more }) => sum + bad + more, 0)
      )
    }),
  )
})

t.test('a jump of the clock over all that is kept forgets all of it', async (t) => {
  const counts = new MinuteCounts(60, NOW)
  counts.add(NOW, { bad: 1, total: 1 })
  const later = plusMs(NOW, 40 * DAY_MS)
  counts.add(later, { bad: 0, total: 2 })
  t.same(counts.sum(minutesAgo(60), later), { bad: 0, total: 2 })
})
