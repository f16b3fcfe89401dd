// Goal: Prometheus counts what an objective counts. Method: tables of objectives and queries; the queries are read again by the
// grammar of Prometheus' own pages, and by the importer.
import { Slo } from '@portcullis/contracts'
import t from 'tap'
import { parse } from 'yaml'
import { z } from 'zod'

import { createReport } from '../finding.ts'
import { requestsOfQueries } from '../formats/queries.ts'
import { parseQuery } from '../promql/syntax.ts'
import { yamlText } from '../text.ts'
import { exportPrometheusRules } from './export-prometheus-rules.ts'
import { DEFAULT_EXPORT, type ExportOptions } from './options.ts'
import type { PrometheusRule } from './prometheus-rule.ts'

function sloOf(spec: object): Slo {
  return Slo.parse({
    apiVersion: 'portcullis.dev/v1',
    kind: 'Slo',
    metadata: { name: 'a' },
    spec: { service: 'shop', objective: '99.9%', ...spec },
  })
}

const SHORT: ExportOptions = {
  metric: 'h',
  labels: { service: 'job', environment: 'env', route: 'route', method: 'method', status: 'code' },
  bucketsSeconds: [0.3, 1],
}

function rulesOf(spec: object, options = SHORT): readonly PrometheusRule[] {
  return exportPrometheusRules([sloOf(spec)], options).rules.groups[0]?.rules ?? []
}

function recorded(rules: readonly PrometheusRule[], name: string): string | undefined {
  return rules.find((rule) => 'record' in rule && rule.record === name)?.expr
}

function toldOf(spec: object): string[] {
  const { findings } = exportPrometheusRules([sloOf(spec)], SHORT)
  return findings.map(({ kind, path, what }) => `${kind} ${path.join('.')} ${what}`)
}

t.test('bad and all requests are counted by service, environment, route and status', async (t) => {
  const rows: readonly (readonly [spec: object, bad: string, total: string])[] = [
    [
      {},
      'sum(rate(h_count{job="shop",code=~"5.."}[5m])) or vector(0)',
      'sum(rate(h_count{job="shop"}[5m]))',
    ],
    [
      { environment: 'staging', indicator: { errors: ['5xx', '429'] } },
      'sum(rate(h_count{job="shop",env="staging",code=~"5..|429"}[5m])) or vector(0)',
      'sum(rate(h_count{job="shop",env="staging"}[5m]))',
    ],
    [
      { service: 'a"b\\', indicator: { errors: ['503'] } },
      'sum(rate(h_count{job="a\\"b\\\\",code="503"}[5m])) or vector(0)',
      'sum(rate(h_count{job="a\\"b\\\\"}[5m]))',
    ],
    [
      { indicator: { fasterThan: '300ms' } },
      'sum(rate(h_count{job="shop"}[5m])) - sum(rate(h_bucket{job="shop",le="0.3"}[5m]))',
      'sum(rate(h_count{job="shop"}[5m]))',
    ],
    [
      { indicator: { fasterThan: '1s' } },
      'sum(rate(h_count{job="shop"}[5m])) - sum(rate(h_bucket{job="shop",le=~"1|1\\\\.0"}[5m]))',
      'sum(rate(h_count{job="shop"}[5m]))',
    ],
  ]
  for (const [spec, bad, total] of rows) {
    const rules = rulesOf(spec)
    t.equal(recorded(rules, 'slo:requests_bad:rate5m'), bad)
    t.equal(recorded(rules, 'slo:requests_total:rate5m'), total)
  }
})

t.test('routes become conditions on method and path', async (t) => {
  const rows: readonly (readonly [routes: object, series: string])[] = [
    [{ include: ['* /a'] }, 'rate(h_count{job="shop",route="/a"}[5m])'],
    [
      { include: ['GET /a', 'GET /b.c/*'] },
      'rate(h_count{job="shop",method="GET",route=~"/a|/b\\\\.c/.*"}[5m])',
    ],
    [{ include: ['*'] }, 'rate(h_count{job="shop"}[5m])'],
    [{ include: ['POST*'] }, 'rate(h_count{job="shop",method=~"POST.*"}[5m])'],
    [
      { include: ['GET /a', 'PUT /b'] },
      'rate(h_count{job="shop",method="GET",route="/a"}[5m]) or rate(h_count{job="shop",method="PUT",route="/b"}[5m])',
    ],
    [{ exclude: ['* /healthz'] }, 'rate(h_count{job="shop",route!="/healthz"}[5m])'],
    [{ exclude: ['* /a', '* /b*'] }, 'rate(h_count{job="shop",route!~"/a|/b.*"}[5m])'],
    [
      { include: ['* /a*'], exclude: ['OPTIONS *', '* /ab'] },
      '(rate(h_count{job="shop",route!="/ab",route=~"/a.*"}[5m])) unless (rate(h_count{job="shop",route!="/ab",method="OPTIONS"}[5m]))',
    ],
  ]
  for (const [routes, series] of rows) {
    t.equal(recorded(rulesOf({ routes }), 'slo:requests_total:rate5m'), `sum(${series})`)
  }
})

t.test('ratios are counts divided by counts, over every window and the period', async (t) => {
  const rules = rulesOf({})
  const names = rules.flatMap((rule) => ('record' in rule ? [rule.record] : []))
  const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d', '28d']
  t.strictSame(names, [
    'slo:requests_bad:rate5m',
    'slo:requests_total:rate5m',
    ...windows.map((window) => `slo:error_ratio:rate${window}`),
  ])
  t.equal(
    recorded(rules, 'slo:error_ratio:rate6h'),
    '(sum(rate(h_count{job="shop",code=~"5.."}[6h])) or vector(0)) / (sum(rate(h_count{job="shop"}[6h])) > 0)',
  )
  t.equal(
    recorded(rules, 'slo:error_ratio:rate28d'),
    'sum_over_time(slo:requests_bad:rate5m{slo="a"}[28d]) / (sum_over_time(slo:requests_total:rate5m{slo="a"}[28d]) > 0)',
  )
  for (const { expr, labels } of rules) {
    t.notMatch(expr, /avg/u)
    t.match(labels, { slo: 'a', service: 'shop' })
  }
  const day = rulesOf({ period: { rolling: '1d' } })
  t.equal(
    day.filter((rule) => 'record' in rule && rule.record === 'slo:error_ratio:rate1d').length,
    1,
  )
  t.equal(recorded(day, 'slo:error_ratio:rate3d'), undefined)
})

t.test(
  'alerts are the four standard pairs, made for the period and strictly greater',
  async (t) => {
    const alerts = rulesOf({}).flatMap((rule) =>
      'alert' in rule ? [[rule.labels['severity'], rule.expr]] : [],
    )
    t.strictSame(alerts, [
      [
        'page',
        'slo:error_ratio:rate1h{slo="a"} > 13.44 * 0.001 and slo:error_ratio:rate5m{slo="a"} > 13.44 * 0.001',
      ],
      [
        'page',
        'slo:error_ratio:rate6h{slo="a"} > 5.6 * 0.001 and slo:error_ratio:rate30m{slo="a"} > 5.6 * 0.001',
      ],
      [
        'ticket',
        'slo:error_ratio:rate1d{slo="a"} > 2.8 * 0.001 and slo:error_ratio:rate2h{slo="a"} > 2.8 * 0.001',
      ],
      [
        'ticket',
        'slo:error_ratio:rate3d{slo="a"} > 0.933333333333 * 0.001 and slo:error_ratio:rate6h{slo="a"} > 0.933333333333 * 0.001',
      ],
    ])
    const [odd] = rulesOf({ service: 'a{{b' }).filter((rule) => 'alert' in rule)
    t.equal(odd!.labels['service'], 'a{{ "{{" }}b', 'a name is no template')
    const [first] = rulesOf({ period: { rolling: '30d' } }).filter((rule) => 'alert' in rule)
    t.match(first!.expr, '> 14.4 * 0.001 and')
  },
)

t.test('what cannot be said in rules is told', async (t) => {
  const rows: readonly (readonly [spec: object, told: RegExp[]])[] = [
    [
      { budgeting: 'timeslices', sliceTarget: '99%' },
      [/^refused spec\.budgeting counts whole minutes/u],
    ],
    [
      { routes: { include: ['*/cart'] } },
      [/^refused spec\.routes has "\*\/cart", which is not one pattern/u],
    ],
    [{ routes: { exclude: ['OTHER'] } }, [/^refused spec\.routes has "OTHER"/u]],
    [
      { indicator: { fasterThan: '250ms' } },
      [/^refused spec\.indicator\.fasterThan has a bound of 0\.25 s, and the histogram has none/u],
    ],
    [
      { period: { calendar: 'month', timeZone: 'UTC' } },
      [/^left_out spec\.period begins anew each month/u],
    ],
    [
      { objective: '90%' },
      [
        /^left_out spec\.objective can never make page_quick fire, .* above 13\.44, and the rate is 10 when/u,
      ],
    ],
    [
      { objective: '99%', period: { rolling: '1d' } },
      [/has a period shorter than the window of ticket_slow/u],
    ],
  ]
  for (const [spec, told] of rows) t.match(toldOf(spec), told, JSON.stringify(spec))
  t.strictSame(rulesOf({ indicator: { fasterThan: '250ms' } }), [])
})

t.test('a file of rules is what Prometheus reads', async (t) => {
  const text = z.string().min(1)
  const named = z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/u), text)
  const file = z.strictObject({
    groups: z.array(
      z.strictObject({
        name: text,
        rules: z.array(
          z.union([
            z.strictObject({
              record: z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/u),
              expr: text,
              labels: named,
            }),
            z.strictObject({ alert: text, expr: text, labels: named, annotations: named }),
          ]),
        ),
      }),
    ),
  })
  const { rules } = exportPrometheusRules([sloOf({}), sloOf({ indicator: { fasterThan: '1s' } })])
  t.strictSame(file.parse(parse(yamlText([rules]))), JSON.parse(JSON.stringify(rules)))
  // Rules that share their labels must not become aliases: they are read by people.
  t.notMatch(yamlText([rules]), /[&*]a\d/u)
})

t.test('every query of every rule is PromQL', async (t) => {
  const specs = [
    {},
    { indicator: { fasterThan: '1s' }, environment: 'production' },
    { routes: { include: ['GET /a', 'PUT /b*'], exclude: ['* /c', 'HEAD *'] } },
  ]
  for (const spec of specs) {
    for (const { expr } of rulesOf(spec, DEFAULT_EXPORT))
      t.notOk('wrong' in parseQuery(expr, []), expr)
  }
})

t.test('what is exported is imported as what it was', async (t) => {
  const specs = [
    { indicator: { errors: ['5xx', '429'] } },
    { indicator: { fasterThan: '250ms' }, environment: 'production' },
    {
      indicator: { errors: ['503'] },
      routes: { include: ['GET /a', 'GET /b'], exclude: ['* /healthz'] },
    },
  ]
  for (const spec of specs) {
    const rules = rulesOf(spec, DEFAULT_EXPORT)
    const [part, total] = ['bad', 'total'].map((count) => ({
      text: recorded(rules, `slo:requests_${count}:rate5m`)!,
      path: [count],
    }))
    const at = () => ({ line: 1, column: 1 })
    const report = createReport({ plain: {}, file: '', at, within: at }, [])
    const { indicator, ...scope } = requestsOfQueries(
      { part: part!, side: 'bad', total: total! },
      { report, options: {} },
    )!
    const again = sloOf({ ...scope, indicator }).spec
    t.strictSame(again, sloOf(spec).spec)
  }
})
