// Goal: every condition of a query is carried over, or the objective is not. Method: pairs of selectors, as Pyrra has them,
// and what becomes of them; the same code reads the queries of all formats.
import t from 'tap'

import { imported } from '../fixtures/import-texts.ts'

function pyrra(kind: 'ratio' | 'latency', part: string, total: string): string {
  return `apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: { name: shop }
spec:
  target: "99.9"
  window: 4w
  indicator:
    ${kind}:
      ${kind === 'ratio' ? 'errors' : 'success'}:
        metric: '${part}'
      total:
        metric: '${total}'
`
}

/** Conditions that errors and all requests have in common. */
function withConditions(conditions: string, ignoredLabels: readonly string[] = []) {
  const text = pyrra(
    'ratio',
    `http_requests_total{${conditions},code=~"5.."}`,
    `http_requests_total{${conditions}}`,
  )
  return imported(text, { ignoredLabels })
}

t.test(
  'conditions that Portcullis has words for become service, environment and routes',
  async (t) => {
    const rows: readonly (readonly [conditions: string, spec: object])[] = [
      ['job="shop"', { service: 'shop' }],
      ['job=~"shop"', { service: 'shop' }],
      ['service_name="shop",job="shop"', { service: 'shop' }],
      ['job="shop",env="staging"', { service: 'shop', environment: 'staging' }],
      ['job="shop",instance=~".*"', { service: 'shop' }],
      ['job="shop",handler="/cart"', { routes: { include: ['* /cart'] } }],
      ['job="shop",http_route=~"/cart|/a\\.b"', { routes: { include: ['* /cart', '* /a.b'] } }],
      ['job="shop",handler=~"(/api/.*)"', { routes: { include: ['* /api/*'] } }],
      ['job="shop",handler=~".*"', {}],
      ['job="shop",method="get",handler="/cart"', { routes: { include: ['GET /cart'] } }],
      ['job="shop",method=~"GET|HEAD"', { routes: { include: ['GET *', 'HEAD *'] } }],
      [
        'job="shop",method=~"GET|PUT",handler=~"/a|/b"',
        { routes: { include: ['GET /a', 'GET /b', 'PUT /a', 'PUT /b'] } },
      ],
      ['job="shop",handler!="/healthz"', { routes: { exclude: ['* /healthz'] } }],
      [
        'job="shop",handler!~"/healthz|/metrics",method!="OPTIONS"',
        { routes: { exclude: ['OPTIONS *', '* /healthz', '* /metrics'] } },
      ],
    ]
    for (const [conditions, spec] of rows) {
      const { inputs, told } = withConditions(conditions.replaceAll('\\', '\\\\'))
      t.match(
        inputs[0]?.spec,
        { ...spec, indicator: { errors: ['5xx'] } },
        `${conditions} ${told.join()}`,
      )
    }
  },
)

t.test('routes are said to be assumed, for labels and reported routes may differ', async (t) => {
  const { told } = withConditions('job="shop",handler!="/healthz"')
  t.strictSame(told, [
    'assumed 12:49 spec.indicator.ratio.total.metric is taken for the routes all but "* /healthz"',
  ])
})

t.test('conditions that Portcullis has no words for refuse the objective', async (t) => {
  const rows: readonly (readonly [conditions: string, what: RegExp])[] = [
    ['job="shop",namespace="prod"', /12:49 .* namespace="prod" limits the requests by something/u],
    ['job="shop",code!="404"', /code!="404" limits the requests by their status/u],
    ['job=~"shop|cart"', /job=~"shop\|cart" does not name one job/u],
    ['job=~"shop-.*"', /does not name one job/u],
    ['job!="shop"', /does not name one job/u],
    ['job="$job"', /does not name one job/u],
    ['job="shop",service="cart"', /names shop and cart, and an objective is of one/u],
    ['job="shop",env=~"prod.+"', /does not name one env/u],
    ['job="shop",handler=~"/v[12]"', /handler=~"\/v\[12\]", which stands for no list of routes/u],
    ['job="shop",handler=~"/v1.0"', /stands for no list of routes/u],
    ['job="shop",handler=~"/a|"', /stands for no list of routes/u],
    ['job="shop",handler="/a*"', /stands for no list of routes/u],
    ['job="shop",handler="query"', /stands for no list of routes/u],
    ['job="shop",method=~"G.*"', /stands for no list of routes/u],
    ['job="shop",handler=~"/a.*",route="/b"', /limits route a second time/u],
    ['handler="/a"', /does not say whose requests it counts/u],
  ]
  for (const [conditions, what] of rows) {
    const { inputs, told } = withConditions(conditions)
    t.strictSame(inputs, [], conditions)
    t.match(told.filter((one) => one.startsWith('refused')).join('\n'), what, conditions)
  }
})

t.test('a label is left out where that is asked for, and it is told', async (t) => {
  const { inputs, told } = withConditions('job="shop",namespace="prod"', ['namespace'])
  t.equal(inputs.length, 1)
  t.match(told, [/^left_out 12:49 .* namespace="prod" is left out, as was asked/u])
})

t.test('errors are requests with a status, and nothing else', async (t) => {
  const total = 'http_requests_total{job="shop"}'
  const rows: readonly (readonly [part: string, errors: string[] | RegExp])[] = [
    ['http_requests_total{job="shop",status=~"5..|429"}', ['5xx', '429']],
    [
      'http_requests_total{job="shop",http_response_status_code=~"5..",code!="501"}',
      /more than 50/u,
    ],
    ['http_requests_total{job="shop",code=~"50.",code!~"50[2-9]"}', ['500', '501']],
    ['http_requests_total{job="shop",code=~".*"}', /makes none, all, or more/u],
    ['http_requests_total{job="shop",code=~"Internal"}', /"Internal" is no status of HTTP/u],
    [
      'http_requests_total{job="shop",result="error"}',
      /result="error" is no condition on a status/u,
    ],
    ['http_requests_total{job="shop"}', /counts the same requests as bad and as all/u],
    [
      'http_requests_total{code=~"5.."}',
      /job="shop" is asked of all requests, and not of those that are bad/u,
    ],
    [
      'http_errors_total{job="shop"}',
      /http_errors_total is another metric than http_requests_total/u,
    ],
  ]
  for (const [part, errors] of rows) {
    const { inputs, told } = imported(pyrra('ratio', part, total))
    if (errors instanceof RegExp) t.match(told.join('\n'), errors, part)
    else t.strictSame(inputs[0]?.spec.indicator, { errors }, part)
  }
})

t.test('what is no status is left out beside the statuses', async (t) => {
  const total = 'http_requests_total{job="shop"}'
  const { inputs, told } = imported(
    pyrra('ratio', 'http_requests_total{job="shop",code=~"5..|<error>"}', total),
  )
  t.strictSame(inputs[0]?.spec.indicator, { errors: ['5xx'] })
  t.match(told, [
    /^left_out 10:49 .*"<error>" is no status: requests without an answer are not counted/u,
  ])
})

t.test('metrics of other things than answered requests are refused by their names', async (t) => {
  for (const [metric, what] of [
    ['grpc_server_handled_total', /counts what is "grpc"/u],
    ['rest_client_requests_total', /counts what is "client"/u],
    ['job:http_requests:rate5m', /was recorded by a rule/u],
  ] as const) {
    const { told } = imported(
      pyrra('ratio', `${metric}{job="a",code=~"5.."}`, `${metric}{job="a"}`),
    )
    t.match(told.join(), what)
  }
})

t.test('fast requests are a bucket of a histogram, and all requests its count', async (t) => {
  const rows: readonly (readonly [part: string, total: string, found: string | RegExp])[] = [
    [
      'x_request_duration_seconds_bucket{job="a",le="0.3"}',
      'x_request_duration_seconds_count{job="a"}',
      '300ms',
    ],
    [
      'x_request_duration_seconds_bucket{job="a",le="5.0"}',
      'x_request_duration_seconds_count{job="a"}',
      '5000ms',
    ],
    [
      'x_request_duration_milliseconds_bucket{job="a",le="25"}',
      'x_request_duration_milliseconds_count{job="a"}',
      '25ms',
    ],
    ['http_duration_ms_bucket{job="a",le="25"}', 'http_duration_ms_count{job="a"}', '25ms'],
    ['http_seconds_bucket{job="a",le="0.1"}', 'http_seconds_bucket{job="a",le="+Inf"}', '100ms'],
    [
      'db_seconds_bucket{job="a",le="1"}',
      'db_seconds_count{job="a"}',
      /by its name no duration of HTTP requests/u,
    ],
    ['http_time_bucket{job="a",le="1"}', 'http_time_count{job="a"}', /does not tell its unit/u],
    [
      'http_seconds_bucket{job="a",le="0.0005"}',
      'http_seconds_count{job="a"}',
      /no bound of whole milliseconds/u,
    ],
    [
      'http_seconds_bucket{job="a",le=~"0.1|0.2"}',
      'http_seconds_count{job="a"}',
      /no bound of whole milliseconds/u,
    ],
    ['http_seconds_bucket{job="a"}', 'http_seconds_count{job="a"}', /names no bucket/u],
    [
      'http_seconds_bucket{job="a",code="200",le="1"}',
      'http_seconds_count{job="a"}',
      /is asked of the fast requests alone/u,
    ],
    [
      'http_seconds_bucket{job="a",le="1"}',
      'http_requests_total{job="a"}',
      /is not the count of the histogram http_seconds/u,
    ],
    [
      'http_seconds_bucket{job="a",le="1",le!="+Inf"}',
      'http_seconds_bucket{job="a",le!="+Inf"}',
      /is not the count of the histogram http_seconds/u,
    ],
    [
      'http_seconds_bucket{job="a",le="1"}',
      'http_seconds_count{job="a",code="200"}',
      /is asked of all requests, and not of those that are good/u,
    ],
  ]
  for (const [part, total, found] of rows) {
    const { inputs, told } = imported(pyrra('latency', part, total))
    if (found instanceof RegExp) t.match(told.join('\n'), found, part)
    else t.strictSame(inputs[0]?.spec.indicator, { fasterThan: found }, part)
  }
})
