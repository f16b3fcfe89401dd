import type { EpochMs } from '@portcullis/contracts'
import t from 'tap'

import { DEFAULT_SLO_SETTINGS } from '../slo/targets.ts'
import { emptyCell, observe } from '../window/cell.ts'
import { type AlarmEvaluation, evaluateRoute } from './evaluate.ts'
import { DEFAULT_ALARM_RULES } from './rules.ts'

const NOW = 1_795_000_005_000 as EpochMs
const START = (NOW - 55_000) as EpochMs
const basis = { rules: DEFAULT_ALARM_RULES, targets: DEFAULT_SLO_SETTINGS.targets }

/** Requests of one bucket: how many, of which so many failed, and how long each took. */
type Bucket = readonly [requests: number, errors: number, ms: number] | null

function cellOf(bucket: Bucket) {
  if (bucket === null) return undefined
  const [requests, errors, ms] = bucket
  const cell = emptyCell()
  for (let index = 0; index < requests; index += 1) {
    observe(cell, index < errors ? 500 : 404, ms * 1_000)
  }
  return cell
}

/** Fewer than six buckets are the newest ones. */
function evaluate(...buckets: readonly Bucket[]) {
  const missing = Array.from<Bucket>({ length: 6 - buckets.length }).fill(null)
  const cells = [...missing, ...buckets].map(cellOf)
  return evaluateRoute({ start: START, cells }, basis, NOW)
}

function said(evaluation: AlarmEvaluation): string {
  return evaluation.status === 'firing' ? evaluation.severity : evaluation.status
}

t.test(
  'error_rate fires from 5 %, and is critical from 20 %, of 5 requests at least',
  async (t) => {
    const cases: readonly (readonly [string, ...Bucket[]])[] = [
      ['no_data'],
      ['no_data', [4, 4, 1]],
      ['critical', [5, 1, 1]],
      ['healthy', [100, 4, 1]],
      ['warning', [100, 5, 1]],
      ['warning', [100, 19, 1]],
      ['critical', [100, 20, 1]],
      ['critical', [2, 0, 1], null, null, [1, 0, 1], null, [2, 2, 1]],
      // 4.995 % is shown as 5.00 %.
      ['warning', [2_002, 100, 1]],
      ['healthy', [2_003, 100, 1]],
    ]
    for (const [status, ...buckets] of cases) {
      t.equal(said(evaluate(...buckets).alarms.error_rate), status, JSON.stringify(buckets))
    }
  },
)

t.test('p95_regress fires from 30 ms and 20 % together, and is critical from 50 %', async (t) => {
  const steady = (ms: number): Bucket[] => [
    [10, 0, ms],
    [10, 0, ms],
    [10, 0, ms],
  ]
  const cases: readonly (readonly [string, ...Bucket[]])[] = [
    ['no_data'],
    ['no_data', ...steady(900)],
    ['no_data', ...steady(900), null, null, null],
    ['no_data', [4, 0, 100], null, null, [50, 0, 900], null, null],
    ['no_data', [50, 0, 100], null, null, [4, 0, 900], null, null],
    ['critical', [5, 0, 100], null, null, null, null, [5, 0, 150]],
    ['healthy', ...steady(100), ...steady(129)],
    ['warning', ...steady(100), ...steady(130)],
    ['healthy', ...steady(200), ...steady(239)],
    ['warning', ...steady(200), ...steady(240)],
    ['warning', ...steady(200), ...steady(299)],
    ['critical', ...steady(200), ...steady(300)],
    ['healthy', ...steady(10), ...steady(39)],
    ['critical', ...steady(10), ...steady(40)],
    ['healthy', ...steady(900), ...steady(100)],
    // A bucket counts once, however many requests it holds; one without any has no p95.
    ['healthy', ...steady(100), [1_000, 0, 100], [1_000, 0, 100], [1, 0, 189]],
    ['warning', ...steady(100), [1_000, 0, 100], [1_000, 0, 100], [1, 0, 190]],
    ['critical', ...steady(100), [1, 0, 100], [1, 0, 100], [1_000, 0, 250]],
    ['warning', ...steady(100), [10, 0, 100], null, [2, 0, 160]],
    ['critical', [50, 0, 60], null, [1, 0, 140], null, [9, 0, 150], null],
  ]
  for (const [status, ...buckets] of cases) {
    t.equal(said(evaluate(...buckets).alarms.p95_regress), status, JSON.stringify(buckets))
  }
})

t.test('slo_violation fires above 1.2 times a target, of 5 requests at least', async (t) => {
  const cases: readonly (readonly [string, ...Bucket[]])[] = [
    ['no_data'],
    ['no_data', [4, 4, 9_999]],
    ['healthy', [5, 0, 360]],
    ['critical', [5, 0, 361]],
    ['healthy', [1_000, 12, 1]],
    ['critical', [1_000, 13, 1]],
  ]
  for (const [status, ...buckets] of cases) {
    t.equal(said(evaluate(...buckets).alarms.slo_violation), status, JSON.stringify(buckets))
  }
})

t.test('evidence carries the figures, and how many requests they stand on', async (t) => {
  const { alarms, slo, figures } = evaluate([10, 0, 100], null, null, [10, 3, 400], null, null)
  t.same(alarms.error_rate.evidence, { err_rate_1m: 15, samples_1m: 20, errors_1m: 3 })
  t.same(alarms.p95_regress.evidence, {
    p95_ms_before: 100,
    p95_ms_now: 400,
    increase_ms: 300,
    increase_pct: 300,
    samples_before: 10,
    samples_now: 10,
  })
  t.same(alarms.slo_violation.evidence, {
    targets: { p95_ms: 300, err_pct: 1 },
    actual: { p95_ms: 396.48, err_pct: 15, samples_1m: 20 },
    dims: { p95_ms: 'critical', err_pct: 'critical' },
  })
  t.equal(slo.state, 'critical')
  t.equal(figures.count, 20)
})

t.test('evidence of nothing says so', async (t) => {
  const { alarms } = evaluate()
  t.same(alarms.error_rate.evidence, { err_rate_1m: null, samples_1m: 0, errors_1m: 0 })
  t.same(alarms.p95_regress.evidence, { samples_before: 0, samples_now: 0 })
})
