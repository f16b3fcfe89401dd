import t from 'tap'

import { retryAfterMsOf } from './retry-after.ts'

t.test('Retry-After is seconds or a date, and anything else asks for nothing', async (t) => {
  const now = Date.UTC(2026, 10, 23, 10, 0, 0)
  const table: [string | null, number | undefined][] = [
    [null, undefined],
    ['0', 0],
    ['10', 10_000],
    ['999999999', 999_999_999_000],
    ['9999999999', undefined],
    ['1.5', undefined],
    ['-5', undefined],
    ['', undefined],
    ['soon', undefined],
    ['May', undefined],
    ['Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
    ['Mon, 99 Nov 2026 09:00:00 GMT', undefined],
  ]
  for (const [value, ms] of table) t.equal(retryAfterMsOf(value, now), ms, String(value))
})
