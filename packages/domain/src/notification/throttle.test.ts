import t from 'tap'

import type { AttemptAnswer } from './decide-delivery.ts'
import { channelPauseMs, PAUSE_MS, PAUSE_MS_MAX } from './throttle.ts'

t.test('a receiver with too much to do is spared for a while, any other is not', async (t) => {
  const table: [AttemptAnswer, pauseMs: number][] = [
    [{ kind: 'answered', status: 204, retryAfterMs: 9_000 }, 0],
    [{ kind: 'answered', status: 429, retryAfterMs: null }, PAUSE_MS],
    [{ kind: 'answered', status: 429, retryAfterMs: 9_000 }, 9_000],
    [{ kind: 'answered', status: 429, retryAfterMs: 0 }, 0],
    [{ kind: 'answered', status: 429, retryAfterMs: 86_400_000 }, PAUSE_MS_MAX],
    [{ kind: 'answered', status: 502, retryAfterMs: null }, PAUSE_MS],
    [{ kind: 'answered', status: 504, retryAfterMs: null }, PAUSE_MS],
    [{ kind: 'answered', status: 500, retryAfterMs: 9_000 }, 0],
    [{ kind: 'answered', status: 503, retryAfterMs: 9_000 }, 0],
    [{ kind: 'answered', status: 410, retryAfterMs: null }, 0],
    [{ kind: 'unanswered', error: 'connect ECONNREFUSED' }, 0],
    [{ kind: 'timed out' }, PAUSE_MS],
    [{ kind: 'gone' }, 0],
  ]
  for (const [answer, pauseMs] of table) {
    t.equal(channelPauseMs(answer), pauseMs, JSON.stringify(answer))
  }
})
