import t from 'tap'

import type { ShownProblem } from './product/incidents.ts'
import { startProduct } from './product/start-product.ts'
import { bucketBegins, report } from './product/traffic.ts'
import { askGuard, reasonsOf, secondsUntilOpen } from './product/verdicts.ts'

// Goal: each parameter of the guard changes what it says it changes, and a mistaken one never
// loosens the guard. Method: routes with one trouble each are asked about with and without it.

/** Beyond reach, so that a route has the one trouble that is looked at. */
const NO_SLO = { SLO_P95_MS: '60000', SLO_ERR_PCT: '100' }

/** What is asked of the service with one trouble, and why it blocks then. */
const QUESTIONS: readonly (readonly [query: string, reasons: readonly string[]])[] = [
  ['?service=warned', []],
  ['?service=warned&allow_warn=true', []],
  ['?service=warned&allow_warn=false', ['warning_alarm']],
  ['?service=warned&allow_warn=0', ['warning_alarm']],
  ['?service=warned&allow_warn=1', []],
  ['?service=warned&hard_error_pct=10', ['hard_error_threshold']],
  ['?service=warned&hard_error_pct=10.1', []],
  ['?service=warned&hard_error_pct=10&min_samples=10', ['hard_error_threshold']],
  ['?service=warned&hard_error_pct=10&min_samples=11', []],
  ['?service=slow', []],
  ['?service=slow&check_regress=true', ['p95_regression_critical']],
  ['?service=slow&check_regress=false', []],
  ['?service=few', []],
  ['?service=few&min_samples=4', ['hard_error_threshold']],
  ['?service=few&min_samples=1', ['hard_error_threshold']],
  ['?service=good&allow_warn=false&check_regress=true&hard_error_pct=0.1&min_samples=1', []],
  ['?service=nobody&allow_warn=false', []],
  ['?allow_warn=false&check_regress=true', ['p95_regression_critical', 'warning_alarm']],
]

t.test('each parameter changes what blocks', async (t) => {
  const product = await startProduct(t, { aggregator: true, env: NO_SLO })
  await bucketBegins()
  const now = Date.now()
  await report(product, { service: 'warned', requests: [{ count: 9 }, { status: 500 }] })
  await report(product, { service: 'few', requests: [{ count: 4, status: 500 }] })
  await report(product, { service: 'good', requests: [{ count: 20 }] })
  await report(product, {
    service: 'slow',
    requests: [30_000, 40_000, 50_000]
      .map((ago) => ({ count: 10, ms: 20, at: now - ago }))
      .concat([0, 10_000, 20_000].map((ago) => ({ count: 10, ms: 200, at: now - ago }))),
  })
  for (const [query, reasons] of QUESTIONS) {
    const { status, body } = await askGuard(product, query)
    t.same(reasonsOf(body.violations), reasons, query)
    t.equal(status, reasons.length === 0 ? 200 : 503, query)
    t.equal(body.pass, reasons.length === 0, query)
  }
  const { body } = await askGuard(product, '?service=warned')
  t.match(body.warnings, [{ reason: 'warning_alarm', evidence: { kind: 'error_rate' } }])
  t.ok(body.warnings.length > 0, 'what does not block is told')
  const regress = (await askGuard(product, '?service=slow')).body.warnings
  t.same(reasonsOf(regress), ['p95_regression_critical'])
})

t.test('service, environment and version narrow what is looked at', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await bucketBegins()
  const failing = [{ count: 5, status: 500 }]
  await report(product, { service: 'shop', version: '1.0', requests: [{ count: 9 }] })
  await report(product, { service: 'shop', version: '2.0', requests: failing })
  await report(product, { service: 'billing', requests: [{ count: 9 }] })
  await report(product, { service: 'billing', environment: 'staging', requests: failing })
  const passes = async (query: string) => (await askGuard(product, query)).body.pass
  t.equal(await passes(''), false)
  t.equal(await passes('?service=billing'), true, 'production is looked at unless told otherwise')
  t.equal(await passes('?service=billing&environment=staging'), false)
  t.equal(await passes('?service=shop&version=1.0'), true)
  t.equal(await passes('?service=shop&version=2.0'), false)
  const { body } = await askGuard(product, '?service=billing&environment=staging&version=')
  t.match(body, { service: 'billing', env: 'staging', version: '' })
  t.ok(body.violations.every(({ service }) => service === 'billing'))
})

t.test('a blocked answer has the status that was asked for, and the same body', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await report(product, { requests: [{ count: 9, status: 500 }] })
  for (const status of [200, 403, 409, 503]) {
    const answer = await askGuard(product, `?blocked_status=${status}`)
    t.equal(answer.status, status)
    t.match(answer.body, { outcome: 'fail', pass: false })
    const left = secondsUntilOpen(answer.body)
    t.ok(left > 0 && left <= 60, 'it opens when the minute is over')
    t.equal(answer.headers['retry-after'], String(left))
  }
  const passing = await askGuard(product, '?blocked_status=409&environment=nowhere')
  t.equal(passing.status, 200, 'what passes is always a 200')
})

const MISTAKES: readonly (readonly [query: string, field: string])[] = [
  ...['allow_warn', 'check_regress'].flatMap((flag) =>
    ['yes', 'TRUE', '', '2'].map((word) => [`${flag}=${word}`, flag] as const),
  ),
  ...['0', '-1', '1.5', 'five', '', '1000001'].map(
    (number) => [`min_samples=${number}`, 'min_samples'] as const,
  ),
  ...['-1', '100.1', '1e2', 'NaN', '', '20%25'].map(
    (number) => [`hard_error_pct=${number}`, 'hard_error_pct'] as const,
  ),
  ...['500', '0', '404', '', 'blocked'].map(
    (status) => [`blocked_status=${status}`, 'blocked_status'] as const,
  ),
  ['service=', 'service'],
  [`service=${'x'.repeat(129)}`, 'service'],
  ['service=a%00b', 'service'],
  ['environment=', 'environment'],
  [`environment=${'x'.repeat(65)}`, 'environment'],
  [`version=${'x'.repeat(129)}`, 'version'],
  ['allow_warn=true&allow_warn=false', 'allow_warn'],
  ['min_sample=1', 'min_sample'],
  ['route=GET%20/a', 'route'],
]

const HEADER_MISTAKES: readonly (readonly [header: string, value: string])[] = [
  ...['0', '-1', '10081', '1.5', 'ten'].map((value) => ['x-guard-lookback-min', value] as const),
  ...['-1', '1001', '0.5', 'all'].map((value) => ['x-guard-min-esc-level', value] as const),
  ...['yes', 'TRUE', '2'].map((value) => ['x-guard-include-warning', value] as const),
  // Mistyped: one that was ignored would loosen the guard.
  ...['x-guard-min-esc-levl', 'x-guard-lookback', 'x-guard-'].map((name) => [name, '1'] as const),
]

t.test('a parameter that cannot be used is a 400 that names it', async (t) => {
  const product = await startProduct(t, { escalator: false })
  const isTold = async (query: string, headers: Record<string, string>, field: string) => {
    const url = `/ops/release-guard?${query}`
    const { status, body } = await product.ask<ShownProblem>({ url, headers })
    t.equal(status, 400, `${query} ${JSON.stringify(headers)}`)
    t.match(body, { code: 'INVALID_PARAMETER', errors: [{ field, fix: /\S/u }] })
  }
  for (const [query, field] of MISTAKES) await isTold(query, {}, field)
  for (const [header, value] of HEADER_MISTAKES) await isTold('', { [header]: value }, header)
})
