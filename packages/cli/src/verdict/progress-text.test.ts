import t from 'tap'

import { answered, unanswered } from '../../test/replies.ts'
import { createPaint } from '../terminal/paint.ts'
import type { Reply } from './ask-verdict.ts'
import { liveText, newsKey, plainText } from './progress-text.ts'

const paint = createPaint(false)
const look = { paint, now: Date.UTC(2026, 10, 30, 12, 0, 0), timeZone: 'Europe/Berlin' }

/** A route that fails, by its rate. */
function failing(err_rate_1m: number, more: Readonly<Record<string, unknown>> = {}): Reply {
  const evidence = { err_rate_1m, samples_1m: 48 }
  const violation = { reason: 'error_rate_critical', service: 'shop', route: 'GET /cart', evidence }
  return answered({ outcome: 'fail', violations: [violation], ...more })
}

const WHY = 'shop GET /cart: 31 % of 48 requests failed in the last minute'
const stale = { reason: 'stale_data', service: null, route: null, evidence: { cause: 'behind' } }

t.test('a line tells the outcome, the time, the first reason and when it could open', async (t) => {
  const times = { elapsedMs: 70_000, leftMs: 830_000 }
  const opens_at = '2026-11-30T12:03:20Z'
  const rows: [Reply | undefined, string, string][] = [
    [undefined, 'ASKING  1m 10s, 13m 50s left', 'ASKING after 1m 10s, 13m 50s left'],
    [
      failing(31),
      `BLOCKED  1m 10s, 13m 50s left  ${WHY}`,
      `BLOCKED after 1m 10s, 13m 50s left: ${WHY}`,
    ],
    [
      failing(31, { opens_at }),
      `BLOCKED  1m 10s, 13m 50s left  opens 13:03:20  ${WHY}`,
      `BLOCKED after 1m 10s, 13m 50s left: ${WHY}; opens at 2026-11-30 12:03:20Z at the earliest`,
    ],
    [
      answered({ outcome: 'undecided', violations: [stale] }),
      'UNDECIDED  1m 10s, 13m 50s left  all services: stale: a batch has waited for ? s to be folded',
      'UNDECIDED after 1m 10s, 13m 50s left: all services: stale: a batch has waited for ? s to be folded',
    ],
    [
      answered({ outcome: 'undecided' }),
      'UNDECIDED  1m 10s, 13m 50s left',
      'UNDECIDED after 1m 10s, 13m 50s left',
    ],
    [
      unanswered(),
      'NO VERDICT  1m 10s, 13m 50s left  the gateway cannot be reached (ECONNREFUSED).',
      'NO VERDICT after 1m 10s, 13m 50s left: the gateway cannot be reached (ECONNREFUSED).',
    ],
  ]
  for (const [reply, live, plain] of rows) {
    t.equal(liveText({ reply, ...times }, look), live)
    t.equal(plainText({ reply, ...times }, paint), plain)
  }
})

t.test('what others wrote cannot steer the terminal', async (t) => {
  const violation = { reason: '\u001b[2J', service: 'a\r\nb', route: null, evidence: {} }
  const reply = answered({ outcome: 'fail', violations: [violation] })
  const line = liveText({ reply, elapsedMs: 0, leftMs: 0 }, look)
  t.match(line, 'a\\x0d\\x0ab: \\x1b[2J')
  t.notMatch(line, /[\r\n\u001b]/u)
})

t.test('another reason, route or outcome is news, and another figure is not', async (t) => {
  const first = newsKey(failing(31))
  t.equal(newsKey(failing(32, { opens_at: '2026-11-30T12:03:20Z' })), first)
  const others = [
    failing(31, { outcome: 'undecided' }),
    failing(31, { violations: [stale] }),
    answered({ outcome: 'fail', violations: [] }),
    unanswered(),
    unanswered({ why: new Error('the gateway answered 502.') }),
  ]
  const keys = new Set([first, ...others.map((reply) => newsKey(reply))])
  t.equal(keys.size, 6)
})
