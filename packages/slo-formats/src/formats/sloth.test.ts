import t from 'tap'

import { imported } from '../fixtures/import-texts.ts'

const FILE = `version: prometheus/v1
service: shop
labels:
  team: orders
slos:
  - name: requests-availability
    objective: 99.95
    description: Orders are taken.
    labels: { tier: "1" }
    sli:
      events:
        error_query: sum(rate(http_requests_total{job="shop",code=~"(5..|429)"}[{{.window}}]))
        total_query: sum(rate(http_requests_total{job="shop"}[{{.window}}]))
    alerting:
      name: ShopFails
      page_alert: { labels: { severity: page } }
      ticket_alert: { disable: true }
`

const RESOURCE = `apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: { name: shop, namespace: monitoring }
spec:
  service: shop
  slos:
    - name: latency
      objective: 99
      sli:
        events:
          errorQuery: |
            (
              sum(rate(http_request_duration_seconds_count{job="shop"}[{{.window}}]))
              -
              sum(rate(http_request_duration_seconds_bucket{job="shop",le="0.4"}[{{.window}}]))
            )
          totalQuery: sum(rate(http_request_duration_seconds_count{job="shop"}[{{.window}}]))
`

t.test('a file of Sloth becomes objectives that have its period and its labels', async (t) => {
  const { inputs, slos, told } = imported(FILE)
  t.strictSame(inputs, [
    {
      apiVersion: 'portcullis.dev/v1',
      kind: 'Slo',
      metadata: {
        name: 'shop-requests-availability',
        description: 'Orders are taken.',
        labels: { team: 'orders', tier: '1' },
      },
      spec: {
        service: 'shop',
        objective: '99.95%',
        period: { rolling: '30d' },
        indicator: { errors: ['5xx', '429'] },
      },
    },
  ])
  t.equal(slos[0]!.slo.spec.objective, 0.9995)
  t.strictSame(slos[0]!.alerts, { page: ['page_quick', 'page_slow'], ticket: [] })
  t.strictSame(told, [
    'assumed 5:1 slos says nothing of its period: 30d is taken, as Sloth does',
    'left_out 14:5 slos[0].alerting has no counterpart in an Slo: a burn_rate rule of a ReleasePolicy alerts',
  ])
})

t.test('a period that is asked for is not told of', async (t) => {
  const { inputs, told } = imported(FILE, { period: '28d', environment: 'production' })
  t.match(inputs[0]!.spec, { period: { rolling: '28d' }, environment: 'production' })
  t.notMatch(told.join(), /period/u)
})

t.test('a resource of Kubernetes is read by its own names', async (t) => {
  const { inputs, told } = imported(RESOURCE)
  t.match(inputs, [
    { metadata: { name: 'shop-latency' }, spec: { indicator: { fasterThan: '400ms' } } },
  ])
  t.match(told, [
    /^left_out 3:25 metadata\.namespace has no counterpart here/u,
    /^assumed 6:3 spec\.slos/u,
  ])
})

t.test('a resource without a spec, or metadata, says so', async (t) => {
  const [head] = RESOURCE.split('spec:')
  t.match(imported(head!).told, [/^refused 1:1 spec is missing/u, /namespace/u])
  t.equal(imported(RESOURCE.replace(/metadata.*\n/u, '')).inputs.length, 1)
})

t.test('both kinds of alerts may be off, or on', async (t) => {
  const on = imported(FILE.replace('{ disable: true }', '{}'))
  t.strictSame(on.slos[0]!.alerts.ticket, ['ticket_quick', 'ticket_slow'])
  const off = imported(FILE.replace('{ labels: { severity: page } }', '{ disable: true }'))
  t.strictSame(off.slos[0]!.alerts, { page: [], ticket: [] })
})

t.test('a ratio that the file computes is taken apart', async (t) => {
  const raw = (query: string) =>
    imported(FILE.replace(/events:\n.*\n.*\n/u, `raw:\n        error_ratio_query: ${query}\n`))
  const bad =
    'sum(rate(r_total{job="shop",code=~"5.."}[{{.window}}])) / sum(rate(r_total{job="shop"}[{{.window}}]))'
  const good = bad.replace('=~', '!~')
  t.match(raw(bad).inputs, [{ spec: { indicator: { errors: ['5xx'] } } }])
  t.match(raw(`1 - (${good})`).inputs, [{ spec: { indicator: { errors: ['5xx'] } } }])
  t.match(raw('sum(rate(r_total[5m]))').told.join(), /is no ratio of two counts/u)
})

t.test('each mistake, and each thing that is not carried over, is told at its place', async (t) => {
  const rows: readonly (readonly [from: string, to: string, told: RegExp])[] = [
    ['service: shop\n', '', /^refused 1:1 service is missing/mu],
    ['service: shop', 'service: 12', /^refused 2:10 service must be text/mu],
    [
      'service: shop',
      'service: web',
      /^assumed 2:10 service is "web", and the query counts requests of "shop", which is taken/mu,
    ],
    [
      'objective: 99.95',
      'objective: high',
      /^refused 7:16 slos\[0\]\.objective must be a number of percent/mu,
    ],
    [
      'objective: 99.95',
      'objective: 99.99999999',
      /objective must be a number of percent with at most six/u,
    ],
    [
      'objective: 99.95',
      'objective: 100',
      /makes no Slo: its spec\.objective must be above 0% and below 100%/u,
    ],
    ['name: requests-availability\n', 'nom: x\n', /^refused 6:5 slos\[0\]\.name is missing/mu],
    [
      'name: requests-availability',
      `name: ${'x'.repeat(70)}`,
      /makes no Slo: its metadata\.name must have at most 63/u,
    ],
    [
      'team: orders',
      'team: [a, b]',
      /^left_out 4:9 labels\.team is no label that an Slo can carry/mu,
    ],
    [
      'description: Orders are taken.',
      'description: [a]',
      /^refused 8:18 .*description must be text/mu,
    ],
    [
      'labels: { tier: "1" }',
      'labels: none',
      /^refused 9:13 slos\[0\]\.labels must be a mapping/mu,
    ],
    [
      'labels: { tier: "1" }',
      'owner: me',
      /^left_out 9:5 slos\[0\]\.owner has no counterpart here/mu,
    ],
    [
      '    sli:\n',
      '    plugins: { chain: [] }\n    sli:\n',
      /^refused 10:5 slos\[0\]\.plugins are programs/mu,
    ],
    ['slos:', 'slo_plugins: { chain: [] }\nslos:', /^refused 5:1 slo_plugins are programs/mu],
    [
      'events:',
      'plugin: { id: x }\n      events:',
      /^refused 11:7 slos\[0\]\.sli\.plugin is a program/mu,
    ],
    ['events:', 'happenings:', /^refused 11:7 slos\[0\]\.sli must have either events or raw/mu],
    [
      'events:',
      'raw: { error_ratio_query: a }\n      events:',
      /^refused 11:7 slos\[0\]\.sli must have either events or raw/mu,
    ],
    ['total_query', 'all_query', /^refused 12:9 slos\[0\]\.sli\.events\.total_query is missing/mu],
    ['error_query: sum(rate', 'error_query: sum(irate', /^refused 12:26 .*irate is no count/mu],
    [
      'total_query: sum(rate(',
      'total_query: 1 / sum(rate(',
      /^refused 13:22 .*"\/" between these/mu,
    ],
    [
      '{job="shop"}[{{.window}}]))\n',
      '{job="shop"}[1h]))\n',
      /is counted as rate over \{\{\.window\}\}, and all as rate over 1h/u,
    ],
    ['slos:\n', 'slos:\n  - text\n', /^refused 6:5 slos\[0\] must be a mapping/mu],
    ['sli:', 'indicator:', /^refused 6:5 slos\[0\]\.sli is missing/mu],
  ]
  for (const [from, to, told] of rows) {
    const text = FILE.replace(from, to)
    t.not(text, FILE, from)
    t.match(imported(text).told.join('\n'), told, to)
  }
  t.match(
    imported(FILE.replace(/slos:.*/su, 'slos: all\n')).told.join('\n'),
    /^refused 5:7 slos must be a list/mu,
  )
  t.match(imported('version: prometheus/v1\nservice: a\n').inputs, [])
})

t.test('a ratio in the place of a count is refused', async (t) => {
  const ratio = 'sum(rate(a[5m])) / sum(rate(b[5m]))'
  const { told } = imported(FILE.replace(/total_query: .*/u, `total_query: ${ratio}`))
  t.match(told.join('\n'), /total_query is a ratio, where a count is needed/u)
})

t.test('what is subtracted must be a part of all', async (t) => {
  const less = (a: string, b: string) =>
    imported(
      RESOURCE.replace(
        /errorQuery: \|.*?totalQuery/su,
        `errorQuery: ${a} - ${b}\n          totalQuery`,
      ),
    )
  const sum = (selector: string) => `sum(rate(${selector}[{{.window}}]))`
  t.match(
    less(
      sum('other_total{job="shop"}'),
      sum('http_request_duration_seconds_bucket{job="shop",le="1"}'),
    ).told.join(),
    /is not the total from which it is subtracted/u,
  )
  const bucket = RESOURCE.replace(
    /errorQuery: \|.*?totalQuery/su,
    `errorQuery: ${sum('http_request_duration_seconds_bucket{job="shop",le="1"}')}\n          totalQuery`,
  )
  t.match(imported(bucket).told.join(), /holds the fast requests, and is counted as bad/u)
  const total = FILE.replace(
    /total_query: .*/u,
    `total_query: ${sum('a_total')} - ${sum('b_total')}`,
  )
  t.match(imported(total).told.join(), /is subtracted from all requests/u)
})
