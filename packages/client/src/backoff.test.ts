import fc from 'fast-check'
import t from 'tap'

import { retryAfterMsOf, waitMsOf } from './backoff.ts'

t.test('the wait is a random part of a ceiling that doubles up to its maximum', async (t) => {
  const limits = { retryBaseMs: 500, retryMsMax: 30_000 }
  //                       attempts, retryAfterMs, random, waitMs
  const table: [number, number, number, number][] = [
    [1, 0, 0, 0],
    [1, 0, 0.5, 250],
    [2, 0, 0.5, 500],
    [3, 0, 0.5, 1_000],
    [7, 0, 0.5, 15_000],
    [1_000, 0, 0.5, 15_000],
    [1, 2_000, 0, 2_000],
    [1, 2_000, 0.5, 2_250],
    [9, 2_000, 0.5, 2_250],
  ]
  for (const [attempts, retryAfterMs, random, waitMs] of table) {
    t.equal(waitMsOf(attempts, retryAfterMs, { ...limits, random }), waitMs)
  }
})

t.test('no wait is shorter than the Retry-After, whatever the attempt', async (t) => {
  const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const ms = fc.integer({ min: 1, max: 3_600_000 })
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        ms,
        unit,
        (attempts, retryAfterMs, random) => {
          const backoff = { retryBaseMs: 500, retryMsMax: 30_000, random }
          return waitMsOf(attempts, retryAfterMs, backoff) >= retryAfterMs
        },
      ),
    )
  })
})

t.test('Retry-After is seconds or a date, and five minutes at most', async (t) => {
  const now = Date.UTC(2026, 10, 23, 10, 0, 0)
  const table: [string | null, number][] = [
    [null, 0],
    ['0', 0],
    ['3', 3_000],
    ['120', 120_000],
    ['300', 300_000],
    ['301', 300_000],
    ['999999999', 300_000],
    ['9'.repeat(400), 300_000],
    ['Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2096 10:00:30 GMT', 300_000],
    ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
    ['soon', 0],
    ['-5', 0],
    ['1.5', 0],
    ['', 0],
  ]
  for (const [value, ms] of table) t.equal(retryAfterMsOf(value, now), ms, String(value))
})
