import t from 'tap'

import { imported } from '../fixtures/import-texts.ts'

const SLO = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: shop
  displayName: Shop answers
  labels: { team: orders }
spec:
  description: Orders are taken.
  service: shop
  indicator:
    metadata: { name: shop-answers }
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: Prometheus
            spec:
              query: http_requests_total{job="shop",code!~"5.."}
        total:
          metricSource:
            type: Prometheus
            spec:
              query: http_requests_total{job="shop"}
  timeWindow:
    - duration: 4w
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: 0.9995
`

const SLI = `---
apiVersion: openslo/v1
kind: SLI
metadata: { name: fast }
spec:
  ratioMetric:
    good:
      metricSource:
        metricSourceRef: ours
        spec:
          promql: sum(rate(http_seconds_bucket{job="shop",le="0.25"}[5m]))
    total:
      metricSource:
        metricSourceRef: ours
        spec:
          promql: sum(rate(http_seconds_count{job="shop"}[5m]))
---
apiVersion: openslo/v1
kind: DataSource
metadata: { name: ours }
spec: { type: prometheus, connectionDetails: { url: "http://prometheus" } }
`

/** The SLO with an indicator that stands elsewhere. */
const REFERRING = SLO.replace(/ {2}indicator:\n.*?(?= {2}timeWindow)/su, '  indicatorRef: fast\n')

t.test('an SLO of OpenSLO is carried over', async (t) => {
  const { inputs, slos, told } = imported(SLO)
  t.strictSame(told, [])
  t.match(inputs, [
    {
      metadata: {
        name: 'shop',
        description: 'Shop answers: Orders are taken.',
        labels: { team: 'orders' },
      },
      spec: {
        service: 'shop',
        objective: '99.95%',
        period: { rolling: '4w' },
        indicator: { errors: ['5xx'] },
      },
    },
  ])
  t.equal(slos[0]!.slo.spec.objective, 0.9995)
})

t.test('each objective of an SLO is an Slo of its own', async (t) => {
  const several = (objectives: string) =>
    imported(SLO.replace('    - target: 0.9995\n', objectives))
  const named = several(
    '    - { displayName: Good, target: 0.99 }\n    - { displayName: SLA, targetPercent: 95 }\n',
  )
  t.match(named.inputs, [
    { metadata: { name: 'shop-good' }, spec: { objective: '99%' } },
    { metadata: { name: 'shop-sla', description: /: SLA$/u }, spec: { objective: '95%' } },
  ])
  const unnamed = several('    - target: 0.99\n    - targetPercent: 99.5\n    - {}\n')
  t.match(unnamed.inputs, [{ metadata: { name: 'shop-1' } }, { metadata: { name: 'shop-2' } }])
  t.match(unnamed.told, [/^refused 32:7 spec\.objectives\[2\] must have target or targetPercent/u])
})

t.test('an indicator may stand in a document of its own, also in another file', async (t) => {
  const { inputs, told } = imported(REFERRING + SLI)
  t.strictSame(told, [])
  t.match(inputs, [{ spec: { indicator: { fasterThan: '250ms' } } }])
  t.match(imported(REFERRING).told, [
    /^refused 10:17 spec\.indicatorRef "fast" is in none of the files/u,
  ])
  const broken = imported(REFERRING + SLI.replace('le="0.25"', 'le="soon"'))
  t.strictSame(broken.inputs, [])
  t.match(broken.told, [
    /^refused 10:17 spec\.indicatorRef "fast" cannot be carried over/u,
    /^refused 27:59 .*le="soon" is no bound of whole milliseconds/u,
  ])
})

t.test('time slices are minutes', async (t) => {
  const slices = (objective: string) =>
    imported(
      SLO.replace('Occurrences', 'Timeslices').replace(
        'target: 0.9995',
        `${objective}, target: 0.99 }`,
      ),
    )
  const { inputs, told } = slices('{ timeSliceTarget: 0.95, timeSliceWindow: 1m')
  t.strictSame(told, [])
  t.match(inputs, [{ spec: { objective: '99%', budgeting: 'timeslices', sliceTarget: '95%' } }])
  t.equal(slices('{ timeSliceTarget: 1.0, timeSliceWindow: 1').inputs.length, 1)
  t.match(slices('{ timeSliceTarget: 0.95, timeSliceWindow: 5m').told, [
    /timeSliceWindow must be 1m/u,
  ])
  t.match(slices('{ timeSliceWindow: 1m').told, [/timeSliceTarget must be a number, from 0 to 1/u])
  t.match(imported(SLO.replace('Occurrences', 'RatioTimeslices')).told, [
    /^refused 28:20 spec\.budgetingMethod RatioTimeslices averages the ratios of slices/u,
  ])
  t.match(imported(SLO.replace('Occurrences', 'Guesses')).told, [
    /"Guesses" is no budgeting method/u,
  ])
})

t.test('windows are rolling, or begin with the calendar', async (t) => {
  const rolling = (duration: string) => SLO.replace('duration: 4w', `duration: ${duration}`)
  const calendar = (duration: string, startTime = '2026-01-01 00:00:00') =>
    SLO.replace(
      /- duration: 4w\n\s+isRolling: true/u,
      `- duration: ${duration}\n      calendar: { startTime: "${startTime}", timeZone: Europe/Berlin }`,
    )
  const rows: readonly (readonly [text: string, found: object | RegExp])[] = [
    [rolling('30d'), { rolling: '30d' }],
    [rolling('1M'), /"1M" is no fixed length/u],
    [rolling('10m'), /"10m" is no fixed length/u],
    [rolling('1h'), /makes no Slo/u],
    [calendar('1M'), { calendar: 'month', timeZone: 'Europe/Berlin' }],
    [calendar('1w', '2026-01-05 00:00:00'), { calendar: 'week' }],
    [calendar('1Q', '2026-04-01 00:00:00'), { calendar: 'quarter' }],
    [calendar('1Y'), { calendar: 'year' }],
    [calendar('1m'), /"1m" is no calendar period .* \(m is minutes\)/u],
    [calendar('2M'), /"2M" is no calendar period/u],
    [
      calendar('1M', '2026-01-01 12:00:00'),
      /^left_out 27:30 .*"2026-01-01 12:00:00" is not where a month begins/u,
    ],
    [calendar('1M', '2026-01-02 00:00:00'), /^left_out .* is not where a month begins/u],
    [calendar('1w', '2026-01-01 00:00:00'), /^left_out .* is not where a week begins/u],
    [calendar('1Q', '2026-02-01 00:00:00'), /^left_out .* is not where a quarter begins/u],
    [calendar('1Y', '2026-02-01 00:00:00'), /^left_out .* is not where a year begins/u],
    [
      SLO.replace('isRolling: true', 'isRolling: false').replace('4w', '1M'),
      /has no calendar to go by/u,
    ],
    [
      SLO.replace(
        '    - duration: 4w',
        '    - duration: 1w\n      isRolling: true\n    - duration: 4w',
      ),
      /has several windows/u,
    ],
    [
      SLO.replace(/ {2}timeWindow:.*?true\n/su, ''),
      /^assumed 8:3 spec has no timeWindow: 30d is taken/u,
    ],
  ]
  for (const [text, found] of rows) {
    const { inputs, told } = imported(text)
    if (found instanceof RegExp) t.match(told.join('\n'), found)
    else {
      t.strictSame(told, [])
      t.match(inputs[0]?.spec.period, found)
    }
  }
})

t.test('each mistake, and each thing that is not carried over, is told at its place', async (t) => {
  const rows: readonly (readonly [from: string, to: string, told: RegExp])[] = [
    [
      'openslo/v1\n',
      'openslo/v1alpha\n',
      /^refused 1:13 apiVersion is no document that can be imported \(openslo\/v1alpha SLO\)/u,
    ],
    ['  name: shop\n', '', /^refused 4:3 metadata\.name is missing/u],
    [
      '  labels: { team: orders }',
      '  labels: { team: [a, b] }',
      /^left_out 6:19 metadata\.labels\.team is no label/u,
    ],
    [
      '  labels:',
      '  annotations: { a: b }\n  labels:',
      /^left_out 6:3 metadata\.annotations has no counterpart/u,
    ],
    ['  service: shop\n', '', /spec\.service is missing/u],
    [
      'type: Prometheus',
      'type: Datadog',
      /^refused 17:13 .* asks Datadog, and only queries of Prometheus/u,
    ],
    ['type: Prometheus', 'metricSourceRef: ours', /asks "ours", which is in none of the files/u],
    ['type: Prometheus\n            spec:', 'spec:', /asks nothing, and only queries/u],
    ['counter: true', 'counter: false', /is the value of a series, not its growth/u],
    ['        good:', '        neutral:', /must have total, and either good or bad/u],
    [
      '        good:',
      '        bad: { metricSource: { type: Prometheus, spec: { query: a } } }\n        good:',
      /must have total, and either good or bad/u,
    ],
    [
      'ratioMetric:',
      'thresholdMetric:',
      /^refused 13:7 .*thresholdMetric compares a value with a limit/u,
    ],
    ['              query:', '              sql:', /query is missing/u],
    ['  budgetingMethod: Occurrences\n', '', /budgetingMethod is missing/u],
    [
      'target: 0.9995',
      'target: 0.9995\n      targetPercent: 99.95',
      /must have target or targetPercent/u,
    ],
    [
      'target: 0.9995',
      'target: 0.9995\n      op: gt',
      /^left_out 31:7 spec\.objectives\[0\]\.op has no counterpart/u,
    ],
    ['- target: 0.9995', '- text', /spec\.objectives\[0\] must be a mapping/u],
    ['    - target: 0.9995\n', '', /^refused 8:3 spec has no objectives/u],
    [
      'target: 0.9995',
      'target: 0.9995\n      indicatorRef: other',
      /^refused 31:7 .*makes the SLO a composite one/u,
    ],
    [
      '  objectives:',
      '  alertPolicies: [{ alertPolicyRef: a }]\n  objectives:',
      /^left_out 29:3 spec\.alertPolicies have no counterpart/u,
    ],
    [
      'metadata: { name: shop-answers }',
      'metadata: { name: a, displayName: b }',
      /^left_out 11:26 .*displayName has no counterpart/u,
    ],
    [
      'isRolling: true',
      'isRolling: true\n      calendar: {}',
      /^left_out 28:7 .*calendar has no meaning for a window that rolls/u,
    ],
    ['  indicator:\n', '  other:\n', /has neither indicator nor indicatorRef/u],
  ]
  for (const [from, to, told] of rows) {
    const text = SLO.replace(from, to)
    t.not(text, SLO, from)
    t.match(imported(text).told.join('\n'), told, to)
  }
})

t.test('a computed ratio needs its type, and stands alone', async (t) => {
  const ratio = 'sum(rate(r_total{job="a",code!~"5.."}[5m])) / sum(rate(r_total{job="a"}[5m]))'
  const raw = (more: string) =>
    imported(
      SLO.replace(
        / {8}good:.*?(?= {2}timeWindow)/su,
        `        raw: { metricSource: { type: Prometheus, spec: { query: '${ratio}' } } }\n${more}`,
      ),
    )
  t.match(raw('        rawType: success\n').inputs, [{ spec: { indicator: { errors: ['5xx'] } } }])
  t.match(raw('        rawType: failure\n').inputs, [
    { spec: { indicator: { errors: ['1xx', '2xx', '3xx', '4xx'] } } },
  ])
  t.match(raw('').told, [/must have raw with rawType success or failure, and nothing beside/u])
})

t.test('documents that are no objectives are told of', async (t) => {
  const rows: readonly (readonly [kind: string, told: RegExp])[] = [
    ['Service', /^left_out 2:7 kind is a Service, which has no counterpart/u],
    ['AlertPolicy', /^left_out 2:7 kind is an AlertPolicy, which has no counterpart/u],
    ['AlertCondition', /AlertCondition/u],
    ['AlertNotificationTarget', /AlertNotificationTarget/u],
    ['SLI', /^left_out 1:1 {2}is referred to by no objective/u],
    ['DataSource', /^left_out 1:1 {2}is referred to by no objective/u],
    [
      'Budget',
      /^refused 1:13 apiVersion is no document that can be imported \(openslo\/v1 Budget\)/u,
    ],
  ]
  for (const [kind, told] of rows) {
    t.match(
      imported(`apiVersion: openslo/v1\nkind: ${kind}\nmetadata: { name: a }\n`).told,
      [told],
      kind,
    )
  }
})

t.test('what is missing from a document is told', async (t) => {
  const head = 'apiVersion: openslo/v1\nkind: SLO\n'
  t.match(imported(head).told, [/metadata is missing/u, /spec is missing/u])
  const sli = SLI.replace(/^spec:.*?(?=---)/msu, 'other: 1\n')
  t.match(imported(REFERRING + sli).told.join('\n'), /^refused \d+:\d+ spec is missing/mu)
  const rows: readonly (readonly [from: RegExp, to: string, told: RegExp])[] = [
    [/ {4}spec:\n.*?(?= {2}timeWindow)/su, '', /spec\.indicator\.spec is missing/u],
    [/ratioMetric:/u, 'ratios:', /spec\.indicator\.spec\.ratioMetric is missing/u],
    [/metricSource:/u, 'source:', /good\.metricSource is missing/u],
    [/ {12}spec:\n.*\n/u, '', /good\.metricSource\.spec is missing/u],
    [/duration: 4w/u, 'length: 4w', /timeWindow\[0\]\.duration is missing/u],
    [/- duration: 4w\n.*\n/u, '- 4w\n', /timeWindow\[0\] must be a mapping/u],
    [
      /- duration: 4w\n.*\n/u,
      '- { duration: 1M, calendar: {} }\n',
      /calendar\.timeZone is missing/u,
    ],
  ]
  for (const [from, to, told] of rows)
    t.match(imported(SLO.replace(from, to)).told.join('\n'), told)
})

t.test('bad requests may be told, and be what is left of all', async (t) => {
  const sum = (selector: string) => `sum(rate(${selector}[5m]))`
  const [all, bad] = [sum('r_total{job="a"}'), sum('r_total{job="a",code=~"5.."}')]
  const ratio = (key: string, query: string) =>
    imported(
      SLO.replace('good:', `${key}:`)
        .replace(/query: .*!~.*/u, `query: '${query}'`)
        .replace(/query: http.*/u, `query: '${all}'`),
    )
  for (const [key, query] of [
    ['bad', bad],
    ['good', `${all} - ${bad}`],
  ] as const) {
    t.match(ratio(key, query).inputs, [{ spec: { indicator: { errors: ['5xx'] } } }])
  }
})
