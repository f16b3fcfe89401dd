import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from '@portcullis/contracts'
import t from 'tap'

import { ATTEMPT_DELAYS_MS, nextAttemptAt } from './retry.ts'

const NOW = 1_900_000_000_000 as EpochMs

t.test('ten attempts are spread over 75 h 35 min', async (t) => {
  t.equal(ATTEMPT_DELAYS_MS.length, 10)
  const totalMs = ATTEMPT_DELAYS_MS.reduce((sum, delayMs) => sum + delayMs, 0)
  t.equal(totalMs, 75 * HOUR_MS + 35 * MINUTE_MS + 5 * SECOND_MS)
})

t.test('the wait follows from the attempts made, jitter and Retry-After', async (t) => {
  const none = null
  const cases: readonly (readonly [number, number, number | null, number | null])[] = [
    // attempts, jitter, Retry-After, wait: all in milliseconds
    [1, 0, none, 5 * SECOND_MS],
    [1, 1, none, 5.5 * SECOND_MS],
    [2, 0, none, 5 * MINUTE_MS],
    [2, 0.5, none, 5.25 * MINUTE_MS],
    [9, 0, none, 24 * HOUR_MS],
    [10, 0, none, none],
    [11, 0, none, none],
    [1, 0, 60 * SECOND_MS, 60 * SECOND_MS],
    [1, 1, 5.2 * SECOND_MS, 5.5 * SECOND_MS],
    [1, 0, 400 * DAY_MS, DAY_MS],
    [1, 0, -60 * SECOND_MS, 5 * SECOND_MS],
    [10, 0, 60 * SECOND_MS, none],
  ]
  for (const [attempts, jitter, retryAfterMs, waitMs] of cases) {
    t.equal(
      nextAttemptAt({ attempts, now: NOW, jitter, retryAfterMs }),
      waitMs === null ? null : NOW + waitMs,
      `after ${attempts} attempts, jitter ${jitter}, Retry-After ${retryAfterMs}`,
    )
  }
})

t.test('instants stay whole milliseconds', async (t) => {
  const at = nextAttemptAt({ attempts: 1, now: NOW, jitter: 0.123_456_7, retryAfterMs: null })
  t.ok(Number.isInteger(at))
})
