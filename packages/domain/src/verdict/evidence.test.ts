// Every number in a verdict's evidence can be computed again, from the requests themselves: here it
// is done with plain sorting and counting, and none of the code under test but the bins.
import type {
  EnvironmentName,
  EpochMs,
  Heads,
  RouteName,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { DEFAULT_ALARM_RULES } from '../alarm/rules.ts'
import { DEFAULT_SLO_SETTINGS } from '../slo/targets.ts'
import { type CheckedObservation, foldObservations } from '../window/batch-fold.ts'
import { binOf, valueOf } from '../window/latency.ts'
import { packBatch, unpackBatch } from '../window/packed.ts'
import { emptyWindow, foldBatch, minuteOf, slideWindow } from '../window/service-window.ts'
import type { DefaultReason, Finding } from './finding.ts'
import { DEFAULT_GUARD_PARAMETERS } from './question.ts'
import { routeHealthOf } from './route-health.ts'
import { verdict } from './verdict.ts'

const RUNNING = 1_795_000_000_000
const NOW = (RUNNING + 4_321) as EpochMs
const ROUTE = 'GET /a' as RouteName
const HEADS = { log: 1, metrics: [1, 0, 0, 0] } as Heads
const { targets } = DEFAULT_SLO_SETTINGS

const observation: fc.Arbitrary<CheckedObservation> = fc.record({
  route: fc.constant(ROUTE),
  status: fc.constantFrom(200, 200, 200, 404, 500, 503),
  durationMs: fc.integer({ min: 1, max: 900 }),
  at: fc.integer({ min: RUNNING - 70_000, max: NOW }).map((at) => at as EpochMs),
})
const batches = fc.array(fc.array(observation, { maxLength: 30 }), { maxLength: 5 })

/** Answers for one route after the batches travelled packed, with all that can warn or block. */
function answer(given: readonly (readonly CheckedObservation[])[]) {
  const window = emptyWindow()
  for (const observations of given) {
    const unpacked = unpackBatch(packBatch(foldObservations(observations)))
    if ('cells' in unpacked) foldBatch(window, '' as VersionName, unpacked.cells)
    slideWindow(window, NOW)
  }
  const scope = {
    service: 'shop' as ServiceName,
    environment: 'production' as EnvironmentName,
    route: ROUTE,
  }
  const basis = { rules: DEFAULT_ALARM_RULES, targets }
  const health = routeHealthOf(scope, { minute: minuteOf(window, ROUTE, NOW), judged: basis }, NOW)
  const inputs = {
    routes: [health],
    incidents: [],
    stale: [],
    freshnessMs: 1,
    governance: null,
    waivers: [],
  }
  return verdict(
    { ...inputs, heads: HEADS },
    {
      ...scope,
      version: null,
      release: null,
      guard: {
        ...DEFAULT_GUARD_PARAMETERS,
        check_regress: true,
        allow_warn: false,
        min_samples: 1,
      },
    },
    NOW,
  )
}

function p95Ms(seen: readonly CheckedObservation[]): number | null {
  const us = seen.map(({ durationMs }) => durationMs * 1_000).toSorted((a, b) => a - b)
  const exact = us[Math.floor(0.95 * (us.length - 1))]
  if (exact === undefined) return null
  return Math.min(Math.max(valueOf(binOf(exact)), us[0]!), us.at(-1)!) / 1_000
}

function inBuckets(seen: readonly CheckedObservation[], from: number, to: number) {
  const [start, end] = [RUNNING - from * 10_000, RUNNING - to * 10_000 + 10_000]
  return seen.filter(({ at }) => at >= start && at < end)
}

/** The plain mean over the buckets in which anything happened. */
function meanP95(seen: readonly CheckedObservation[], from: number, to: number): number | null {
  const ages = Array.from({ length: from - to + 1 }, (_, nth) => from - nth)
  const all = ages.map((age) => p95Ms(inBuckets(seen, age, age))).filter((one) => one !== null)
  const sumUs = all.reduce((sum, ms) => sum + ms * 1_000, 0)
  return all.length === 0 ? null : Math.round(sumUs / all.length) / 1_000
}

function percent(part: number, whole: number): number {
  return Math.round((part / whole) * 10_000) / 100
}

function recomputed({ reason, evidence }: Finding, seen: readonly CheckedObservation[]): object {
  const minute = inBuckets(seen, 5, 0)
  const samples_1m = minute.length
  const errors_1m = minute.filter(({ status }) => status >= 500).length
  const err_rate_1m = percent(errors_1m, samples_1m)
  const rate = { err_rate_1m, samples_1m, errors_1m }
  const [p95_ms_before, p95_ms_now] = [meanP95(seen, 5, 3)!, meanP95(seen, 2, 0)!]
  const rise = {
    p95_ms_before,
    p95_ms_now,
    increase_ms: Math.round((p95_ms_now - p95_ms_before) * 100) / 100,
    increase_pct: Math.round((1e4 * (p95_ms_now - p95_ms_before)) / p95_ms_before) / 100,
    samples_before: inBuckets(seen, 5, 3).length,
    samples_now: inBuckets(seen, 2, 0).length,
  }
  switch (reason as DefaultReason) {
    case 'error_rate_critical':
      return rate
    case 'hard_error_threshold':
      return { err_rate_1m, samples_1m, hard_error_pct: 20 }
    case 'p95_regression_critical':
      return rise
    case 'warning_alarm':
      return { kind: evidence['kind'], ...(evidence['kind'] === 'error_rate' ? rate : rise) }
    case 'slo_violation': {
      const actual = { p95_ms: p95Ms(minute), err_pct: err_rate_1m, samples_1m }
      return { targets, actual, dims: evidence['dims'] }
    }
    case 'stale_data':
    case 'no_data':
    case 'freeze':
    case 'incident_open':
    case 'incident_outside_lookback':
      return {}
  }
}

t.test('every number in the evidence follows from the requests', async (t) => {
  const seenReasons = new Set<string>()
  fc.assert(
    fc.property(batches, (given) => {
      const { violations } = answer(given)
      for (const violation of violations) {
        seenReasons.add(violation.reason)
        t.same(violation.evidence, recomputed(violation, given.flat()))
      }
    }),
    { numRuns: 500 },
  )
  t.equal(seenReasons.size, 5, 'all that a route can be blamed for was seen')
})

t.test(
  'how the requests were divided into batches, and when they came, makes no difference',
  async (t) => {
    fc.assert(
      fc.property(batches, (given) => {
        const one = answer([given.flat().toReversed()])
        t.same(answer(given), one)
      }),
      { numRuns: 100 },
    )
  },
)
