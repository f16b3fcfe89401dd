// Goal: somebody who changes a policy sees what it would have held, and every way in which a backtest cannot be asked for ends
// with its exit code. Method: a real gateway with traffic, a release and an incident, and files as people write them.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { waitFor } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import { type RunningServices, startServices } from '../../test/start-services.ts'

t.setTimeout(240_000)

const POLICY = `apiVersion: portcullis.dev/v1
kind: ReleasePolicy
metadata: { name: quick }
spec:
  mode: shadow
  rules: [{ type: latency, percentile: 95, max: 5ms }]
`
const TEST = `apiVersion: portcullis.dev/v1
kind: PolicyTest
metadata: { name: quick }
spec:
  policy: quick
  cases:
    - name: half a second is quick
      given: { service: shop, traffic: [{ perSecond: 10, latency: 500ms }] }
      expect: { outcome: pass }
`

async function post({ url, env }: RunningServices, path: string, body: object): Promise<void> {
  const authorization = `Bearer ${env['PORTCULLIS_TOKEN']}`
  const headers = { authorization, 'content-type': 'application/json' }
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(await answer.text())
}

/** Services with slow traffic, a release and an incident after `from`, and the files of a policy. */
async function start(t: Test) {
  const services = await startServices(t)
  await services.startAggregator()
  await services.startEscalator()
  await post(services, '/v1/releases', { service: 'shop', version: '1.0' })
  const observations = Array.from({ length: 50 }, () => {
    return { route: 'GET /', status: 200, duration_ms: 12 }
  })
  await post(services, '/v1/request-metrics', { service: 'shop', observations })
  const isFolded = async () => {
    const { rowCount } = await services.pool.query('select from metric_batches')
    return rowCount === 1
  }
  await waitFor(isFolded, { what: 'the fold', timeoutMs: 60_000 })
  const { rows } = await services.pool.query('select clock_timestamp() as now')
  const from = (rows[0] as { now: Date }).now.toISOString()
  await post(services, '/v1/releases', { service: 'shop', version: '1.1' })
  await services.pool.query(
    `insert into incidents (service, route, kind, severity) values ('shop', 'GET /', 'error_rate', 'critical')`,
  )
  const folder = t.testdir({
    'quick.yaml': POLICY,
    'bad.yaml': POLICY.replace('max: 5ms', 'max: quick'),
    'tested.yaml': `${POLICY}---\n${TEST}`,
  })
  const file = (name: string) => join(folder, name)
  return { ...services, from, file }
}

t.test('what a policy would have held is told, beside what is in force', async (t) => {
  const { cli, from, file } = await start(t)
  const tried = ['backtest', '--policy', file('quick.yaml'), '--from', from]
  const { exit, out, err } = await cli([...tried, '--against', 'current', '--svg', file('a.svg')])
  t.strictSame({ exit, err }, { exit: 0, err: '' })
  t.match(out, /^All services in production, .*, every 1m; exact\.\n/u)
  t.match(out, /^ +GIVEN +CURRENT$/mu)
  t.match(out, /^Releases would have been held for +\S.*, 100 % of the time +never$/mu)
  t.match(out, /^Releases held +1 of 1 +0 of 1$/mu)
  t.match(out, /^Precision: of those held, followed +100 % \(1 of 1\) +none$/mu)
  t.match(out, /^THE VERDICT, GIVEN\nAT .*\n.* BLOCKED +latency$/mu)
  t.match(out, /^.* shop +1\.1 +held +let through +1 incident after \S+ +latency$/mu)
  t.match(readFileSync(file('a.svg'), 'utf8'), /^<svg [\s\S]*<\/svg>\n$/u)

  const ago = await cli(['backtest', '--policy', file('quick.yaml'), '--from', '1s', '--json'])
  t.match(JSON.parse(ago.out), { trials: [{ name: 'given', blocked_pct: 100 }] })
  t.equal(ago.exit, 0)
})

t.test('what is wrong ends with its code', async (t) => {
  const { cli, from, file } = await start(t)
  const policy = ['--policy', file('quick.yaml')]
  const rows: readonly [readonly string[], number, RegExp][] = [
    [['--from', from], 2, /give --policy PATH/u],
    [policy, 2, /give --from INSTANT/u],
    [[...policy, '--from', 'yesterday'], 2, /from must be an RFC 3339 instant/u],
    [[...policy, '--from', from, '--to', from], 2, /from must be before `to`/u],
    [[...policy, '--from', from, '--step', '5s'], 2, /step must be from 10s to 1h/u],
    [[...policy, '--from', '300d', '--step', '1h'], 2, /the log begins at/u],
    [[...policy, '--from', from, '--svg', file('no/a.svg')], 2, /cannot be written/u],
  ]
  for (const [argv, code, said] of rows) {
    const { exit, err } = await cli(['backtest', ...argv])
    t.equal(exit, code, argv.join(' '))
    t.match(err, said)
  }
  const bad = await cli(['backtest', '--policy', file('bad.yaml'), '--from', from])
  t.match(bad, { exit: 1, out: /spec\.rules\[0\]\.max/u })
  const failing = await cli(['backtest', '--policy', file('tested.yaml'), '--from', from])
  t.equal(failing.exit, 1)
  t.match(failing.out, /^not ok quick: half a second is quick\nNothing was tried; /u)
  const env = { PORTCULLIS_URL: 'http://127.0.0.1:9' }
  t.match(await cli(['backtest', ...policy, '--from', from], { env }), { exit: 4 })
  t.notOk(existsSync(file('a.svg')))
})
