import path from 'node:path'

import t from 'tap'

import { callCli } from '../../test/call-cli.ts'

const SLOTH = `version: prometheus/v1
service: shop
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{job="shop",code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total{job="shop"}[{{.window}}]))
`

t.test('what is imported goes to standard output, and passes the check of policies', async (t) => {
  const folder = t.testdir({ sloth: { 'shop.yaml': SLOTH } })
  const { exit, out, err } = await callCli([
    'slo',
    'import',
    folder,
    '--with-policy',
    '--environment',
    'production',
  ])
  t.equal(exit, 0)
  t.match(
    err,
    /shop\.yaml:3:1 assumed: slos says nothing of its period: 30d is taken, as Sloth does; to do: import with --period\n$/u,
  )
  const lint = await callCli(['policy', 'lint', '-'], { stdin: out })
  t.strictSame([lint.exit, lint.out], [0, 'Nothing is wrong in 2 documents.\n'])
  t.match(out, /environment: production/u)
})

t.test('what is refused makes the import fail, and the rest is imported', async (t) => {
  const other = SLOTH.replace('name: availability', 'name: other').replaceAll(
    'job="shop"',
    'zone="a"',
  )
  const { exit, out, err } = await callCli(['slo', 'import', '-', '--period', '28d'], {
    stdin: `${SLOTH}---\n${other}`,
  })
  t.equal(exit, 1)
  t.match(out, /name: shop-availability/u)
  t.notMatch(out, /shop-other/u)
  t.match(
    err,
    /^standard input:19:51 refused: slos\[0\]\.sli\.events\.total_query zone="a" limits/mu,
  )
  const ignoring = await callCli(['slo', 'import', '-', '--ignore-label', 'zone'], { stdin: other })
  t.equal(ignoring.exit, 0)
  t.match(ignoring.err, /zone="a" is left out, as was asked/u)
})

t.test('pairs of windows that could never fire are told', async (t) => {
  const stdin = SLOTH.replace('99.9', '90')
  const { exit, err } = await callCli(['slo', 'import', '-', '--with-policy'], { stdin })
  t.equal(exit, 0)
  t.match(
    err,
    /4:11 left out: slos\[0\]\.name gets no burn_rate rule over page_quick: it can never fire/u,
  )
  const json = await callCli(['slo', 'import', '-', '--with-policy', '--json'], { stdin })
  t.match(JSON.parse(json.out), {
    documents: [{ kind: 'Slo' }, { kind: 'ReleasePolicy' }],
    findings: [
      { kind: 'assumed', line: 3 },
      { kind: 'left_out', line: 4, column: 11 },
    ],
  })
  t.equal(json.err, '')
})

t.test('nothing is no success, and a wrong call says so', async (t) => {
  t.equal((await callCli(['slo', 'import', '-'], { stdin: '' })).exit, 1)
  t.equal((await callCli(['slo', 'export', '-'], { stdin: '' })).exit, 1)
  const rows: readonly (readonly string[])[] = [
    ['import', '-', '--period', 'soon'],
    ['export', '-', '--format', 'datadog'],
    ['export', '-', '--metric', 'a b'],
    ['export', '-', '--label', 'service'],
    ['export', '-', '--label', 'zone=a'],
    ['export', '-', '--label', 'service=a=b'],
    ['export', '-', '--buckets', 'some'],
    ['export', '-', '--buckets', ''],
    ['export', '/nonexistent.yaml'],
    ['export'],
  ]
  for (const row of rows)
    t.equal((await callCli(['slo', ...row], { stdin: SLOTH })).exit, 2, row.join(' '))
})

const SLO = `apiVersion: portcullis.dev/v1
kind: Slo
metadata: { name: fast }
spec: { service: shop, objective: 99%, indicator: { fasterThan: 300ms } }
`

t.test('objectives are exported for the metric and labels that are named', async (t) => {
  const file = path.join(t.testdir({ 'slo.yaml': SLO }), 'slo.yaml')
  const missing = await callCli(['slo', 'export', file])
  t.equal(missing.exit, 1)
  t.equal(missing.out, '')
  t.match(missing.err, /slo\.yaml:4:65 refused: spec\.indicator\.fasterThan has a bound of 0\.3 s/u)
  const options = ['--buckets', '0.1,0.3', '--metric', 'h', '--label', 'service=job']
  const { exit, out, err } = await callCli(['slo', 'export', file, ...options])
  t.strictSame([exit, err], [0, ''])
  t.match(
    out,
    'expr: sum(rate(h_count{job="shop"}[5m])) - sum(rate(h_bucket{job="shop",le="0.3"}[5m]))',
  )
  t.match(out, /^groups:\n {2}- name: slo-fast\n/u)
  const json = await callCli(['slo', 'export', file, ...options, '--json'])
  t.match(JSON.parse(json.out), { rules: { groups: [{ name: 'slo-fast' }] }, findings: [] })
})

t.test('faults of the file are told, and other documents are passed over', async (t) => {
  const stdin = `${SLO.replace('300ms', '250ms')}---\n${SLO.replace('99%', '99')}---\napiVersion: portcullis.dev/v1
kind: Freeze
metadata: { name: a }
spec: { reason: b, schedule: { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" } }
`
  const { exit, out, err } = await callCli(['slo', 'export', '-'], { stdin })
  t.equal(exit, 1)
  t.match(out, /slo-fast/u)
  t.match(
    err,
    /^standard input:9:35 refused: spec\.objective must be a number with a percent sign/u,
  )
})
