import t from 'tap'

import { fullnessOf } from './backpressure.ts'

const LIMITS = { depthMax: 100, oldestWaitingMsMax: 5_000 }
const CALM = {
  isPaused: false,
  waiting: 0,
  active: 0,
  delayed: 0,
  failed: 0,
  oldestWaitingMs: 0,
  oldestBegunMs: 0,
}

t.test('a queue is full by depth or by age, and says when to come back', async (t) => {
  const rows = [
    [CALM, { full: false }],
    [{ ...CALM, waiting: 99 }, { full: false }],
    [
      { ...CALM, waiting: 60, active: 30, delayed: 10 },
      { full: true, reason: 'depth', retryAfterMs: 1_000 },
    ],
    [
      { ...CALM, waiting: 200, oldestWaitingMs: 4_000 },
      { full: true, reason: 'depth', retryAfterMs: 4_000 },
    ],
    [{ ...CALM, waiting: 1, oldestWaitingMs: 5_000 }, { full: false }],
    [
      { ...CALM, waiting: 1, oldestWaitingMs: 5_001 },
      { full: true, reason: 'age', retryAfterMs: 5_001 },
    ],
    [
      { ...CALM, waiting: 1, oldestWaitingMs: 90_000 },
      { full: true, reason: 'age', retryAfterMs: 30_000 },
    ],
  ] as const
  for (const [figures, expected] of rows) t.same(fullnessOf(figures, LIMITS), expected)
})

t.test('failed jobs do not make a queue full: they are parked, not waiting', async (t) => {
  t.same(fullnessOf({ ...CALM, failed: 1_000 }, LIMITS), { full: false })
})
