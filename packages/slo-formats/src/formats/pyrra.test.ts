import t from 'tap'

import { imported } from '../fixtures/import-texts.ts'

const OBJECTIVE = `apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: shop.errors
  labels: { pyrra.dev/team: orders }
spec:
  description: Orders are taken.
  target: "99.5"
  window: 2w
  indicator:
    ratio:
      errors:
        metric: http_requests_total{job="shop",code=~"5.."}
      total:
        metric: http_requests_total{job="shop"}
`

t.test('an objective of Pyrra is carried over, with its windows', async (t) => {
  const { inputs, slos, told } = imported(OBJECTIVE)
  t.strictSame(told, [])
  t.match(inputs, [
    {
      metadata: {
        name: 'shop-errors',
        description: 'Orders are taken.',
        labels: { 'pyrra.dev/team': 'orders' },
      },
      spec: {
        service: 'shop',
        objective: '99.5%',
        period: { rolling: '14d' },
        indicator: { errors: ['5xx'] },
      },
    },
  ])
  // Half of 28 days, so half of its windows; 2m30s is rounded to whole minutes (pyrra, slo/rules.go).
  t.strictSame(slos[0]!.alerts, {
    page: [
      { long: '30m', short: '3m', factor: 14 },
      { long: '3h', short: '15m', factor: 7 },
    ],
    ticket: [
      { long: '12h', short: '1h', factor: 2 },
      { long: '2d', short: '3h', factor: 1 },
    ],
  })
})

t.test('alerting is left out, and what it turns off stays off', async (t) => {
  for (const [alerting, pairs] of [
    ['{ name: Fails }', 2],
    ['{ disabled: true }', 0],
    ['{ burnrates: false }', 0],
  ] as const) {
    const { slos, told } = imported(
      OBJECTIVE.replace('  indicator:', `  alerting: ${alerting}\n  indicator:`),
    )
    t.match(told, [/^left_out 10:3 spec\.alerting has no counterpart in an Slo/u])
    t.equal(slos[0]!.alerts.page.length, pairs)
    t.equal(slos[0]!.alerts.ticket.length, pairs)
  }
})

t.test('each mistake, and each thing that is not carried over, is told at its place', async (t) => {
  const rows: readonly (readonly [from: string, to: string, told: RegExp])[] = [
    ['target: "99.5"', 'target: 99.5', /^$/u],
    ['target: "99.5"', 'target: all', /^refused 8:11 spec\.target must be a number of percent/u],
    ['target: "99.5"', 'target: [1]', /^refused 8:11 spec\.target must be a number of percent/u],
    ['window: 2w', 'window: 1d12h', /^$/u],
    ['window: 2w', 'window: fortnight', /^refused 9:11 spec\.window is no duration/u],
    ['window: 2w', 'window: 500ms', /makes no Slo: its spec\.period.*/u],
    ['  indicator:', '  indication:', /spec\.indicator is missing/u],
    ['window: 2w', 'window: 12h', /makes no Slo: its spec\.period.*/u],
    ['  window: 2w\n', '', /^refused \d+:\d+ spec\.window is missing/u],
    [
      'ratio:',
      'bool_gauge:',
      /^refused 11:5 spec\.indicator\.bool_gauge reads whether probes succeed/u,
    ],
    [
      'ratio:',
      'latencyNative:',
      /^refused 11:5 spec\.indicator\.latencyNative reads a native histogram/u,
    ],
    ['ratio:', 'quotient:', /refused 11:5 spec\.indicator must have ratio or latency/u],
    [
      'ratio:',
      'latency: { success: {metric: a}, total: {metric: b} }\n    ratio:',
      /must have ratio or latency/u,
    ],
    [
      '      total:',
      '      grouping: [handler]\n      total:',
      /^refused 14:7 .*grouping gives each handler a budget of its own/u,
    ],
    ['      total:', '      grouping: []\n      total:', /^$/u],
    ['      total:', '      grouping: handler\n      total:', /grouping must be a list/u],
    ['      total:', '      all:', /total is missing/u],
    [
      'spec:\n',
      'spec:\n  performanceOverAccuracy: true\n',
      /^left_out 7:3 spec\.performanceOverAccuracy has no counterpart/u,
    ],
    ['metadata:\n', 'status: { type: ConfigMap }\nmetadata:\n', /^$/u],
    ['metadata:\n', 'extra: 1\nmetadata:\n', /^left_out 3:1 extra has no counterpart/u],
    ['  name: shop.errors\n', '', /metadata\.name is missing/u],
  ]
  for (const [from, to, told] of rows)
    t.match(imported(OBJECTIVE.replace(from, to)).told.join('\n'), told, to)
  const { told } = imported('apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\n')
  t.match(told, [/metadata is missing/u, /spec is missing/u])
})
