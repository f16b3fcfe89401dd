import { DEFAULT_REASONS, type Reason } from '@portcullis/domain'
import t from 'tap'

import { findingText } from './finding-text.ts'

const RATE = { err_rate_1m: 31.25, samples_1m: 48, errors_1m: 15 }
const RISE = { p95_ms_before: 120, p95_ms_now: 260.5, increase_pct: 117.08, samples_now: 30 }
const SLO = {
  targets: { p95_ms: 300, err_pct: 1 },
  actual: { p95_ms: 812.4, err_pct: 0.5, samples_1m: 48 },
  dims: { p95_ms: 'critical', err_pct: 'ok' },
}
const INCIDENT = {
  incident_id: '0f3c',
  kind: 'error_rate',
  severity: 'critical',
  escalation_level: 1,
  first_seen: '2026-11-23T10:00:00.000Z',
}

const ROWS: readonly (readonly [Reason, Record<string, unknown>, string])[] = [
  ['error_rate_critical', RATE, '31.25 % of 48 requests failed in the last minute'],
  [
    'hard_error_threshold',
    { ...RATE, hard_error_pct: 20 },
    '31.25 % of 48 requests failed in the last minute; 20 % block without an alarm',
  ],
  ['slo_violation', SLO, 'p95 812.4 ms (target 300) over 48 requests'],
  ['p95_regression_critical', RISE, 'p95 rose from 120 to 260.5 ms within a minute (+117.08 %)'],
  [
    'warning_alarm',
    { kind: 'error_rate', ...RATE },
    'warning: 31.25 % of 48 requests failed in the last minute',
  ],
  [
    'warning_alarm',
    { kind: 'p95_regress', ...RISE },
    'warning: p95 rose from 120 to 260.5 ms within a minute (+117.08 %)',
  ],
  [
    'incident_open',
    INCIDENT,
    'critical incident error_rate at level 1 since 2026-11-23T10:00:00.000Z (0f3c); nobody took it over',
  ],
  [
    'incident_outside_lookback',
    INCIDENT,
    'critical incident error_rate at level 1 since 2026-11-23T10:00:00.000Z (0f3c); it left the lookback and still waits for somebody',
  ],
  [
    'no_data',
    { samples_1m: 3, min_samples: 5 },
    'too few requests to judge: 3 in the last minute, 5 are needed',
  ],
  [
    'freeze',
    { freeze: 'christmas', freeze_reason: 'nobody is here', until: '2026-12-27T00:00:00.000Z' },
    'frozen by christmas until 2026-12-27T00:00:00.000Z: nobody is here',
  ],
  [
    'stale_data',
    { cause: 'behind', oldest_waiting_s: 14 },
    'stale: a batch has waited for 14 s to be folded',
  ],
  [
    'stale_data',
    { cause: 'no_aggregator', last_heard_at: '2026-11-23T10:00:00.000Z' },
    'stale: no aggregator was heard of since 2026-11-23T10:00:00.000Z',
  ],
  [
    'stale_data',
    { cause: 'no_aggregator', last_heard_at: null },
    'stale: no aggregator was ever heard of',
  ],
  [
    'stale_data',
    { cause: 'parked_batch' },
    'stale: a batch could not be folded; see `portcullis queues parked`',
  ],
  [
    'stale_data',
    { cause: 'incomplete_window', batches: 7, since: '2026-11-23T10:00:00.000Z' },
    'stale: 7 accepted batches were lost since 2026-11-23T10:00:00.000Z',
  ],
  [
    'stale_data',
    { cause: 'store_unavailable', why: 'ECONNREFUSED' },
    'stale: the gateway cannot reach its database (ECONNREFUSED)',
  ],
]

t.test('every reason is told in words, with the figures of its evidence', async (t) => {
  for (const [reason, evidence, text] of ROWS) {
    t.equal(findingText({ reason, service: 'shop', route: null, evidence }), text)
  }
  t.same(new Set(ROWS.map(([reason]) => reason)), new Set(DEFAULT_REASONS))
})

t.test('what a rule of a policy says is told by what it needs', async (t) => {
  const finding = { reason: 'error_rate', service: 'shop', route: 'GET /cart', evidence: {} }
  const by = { policy: 'checkout', rule: 'errors' }
  t.equal(
    findingText({ ...finding, ...by, need: 'fewer errors' }),
    'checkout/errors: needs fewer errors',
  )
  t.equal(findingText({ ...finding, ...by }), 'checkout/errors: error_rate')
})

t.test('a reason of a newer gateway is shown as it came', async (t) => {
  const finding = { service: null, route: null, evidence: { burn: 14.4, window: { long: '1h' } } }
  t.equal(
    findingText({ ...finding, reason: 'budget_spent' }),
    'budget_spent (burn 14.4, window {long 1h})',
  )
  t.equal(
    findingText({ ...finding, reason: 'stale_data', evidence: { cause: 'moon', phase: 2 } }),
    'stale: cause moon, phase 2',
  )
})
