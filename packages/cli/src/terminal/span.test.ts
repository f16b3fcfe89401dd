import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@portcullis/contracts'
import t from 'tap'

import { parseSpan, spanText } from './span.ts'

t.test('a duration is told in its two largest units', async (t) => {
  const rows = [
    [0, '0s'],
    [-5, '0s'],
    [999, '0s'],
    [59 * SECOND_MS, '59s'],
    [3 * MINUTE_MS + 12 * SECOND_MS, '3m 12s'],
    [3 * HOUR_MS + 12 * SECOND_MS, '3h'],
    [2 * DAY_MS + 4 * HOUR_MS + 59 * MINUTE_MS, '2d 4h'],
  ] as const
  for (const [durationMs, text] of rows) t.equal(spanText(durationMs), text)
})

t.test('a span is a number and a unit, and nothing else', async (t) => {
  const rows = [
    ['90d', 90 * DAY_MS],
    ['12h', 12 * HOUR_MS],
    ['30m', 30 * MINUTE_MS],
    ['45s', 45 * SECOND_MS],
  ] as const
  for (const [text, spanMs] of rows) t.equal(parseSpan(text), spanMs)
  for (const text of ['', '90', 'd', '1.5h', '-1d', '90 d', '1w', '9999999d', '1d2h']) {
    t.equal(parseSpan(text), undefined, JSON.stringify(text))
  }
})
