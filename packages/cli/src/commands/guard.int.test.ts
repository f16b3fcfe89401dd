import { startReceiver, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { callCli } from '../../test/call-cli.ts'
import { type RunningServices, startServices } from '../../test/start-services.ts'

/** Sends one batch of requests to a route, of which so many failed. */
async function send({ url, env }: RunningServices, given: { ok: number; failed: number }) {
  const observation = { route: 'GET /projects/:id', duration_ms: 12 }
  const observations = [
    ...Array.from({ length: given.ok }, () => ({ ...observation, status: 200 })),
    ...Array.from({ length: given.failed }, () => ({ ...observation, status: 503 })),
  ]
  const response = await fetch(`${url}/v1/request-metrics`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${env['PORTCULLIS_TOKEN']}`,
    },
    body: JSON.stringify({ service: 'shop', version: '1.4.2', observations }),
  })
  if (response.status !== 202) throw new Error(await response.text())
}

/** Asks until the answer is that of `exit`: a batch takes a moment to be folded. */
async function guardEndsWith(
  services: RunningServices,
  exit: number,
  argv: readonly string[] = [],
) {
  let answer = await services.cli(['guard', ...argv])
  const isSo = async () => {
    answer = await services.cli(['guard', ...argv])
    return answer.exit === exit
  }
  await waitFor(isSo, { what: `the guard to end with ${exit}` })
  return answer
}

t.test('while nobody folds the guard cannot know, and ends with 3', async (t) => {
  const { cli } = await startServices(t)
  const { exit, out } = await cli(['guard'])
  t.equal(exit, 3)
  t.match(out, /^UNDECIDED {2}all services in production$/mu)
  t.match(out, /^SERVICE +ROUTE +CANNOT BE KNOWN$/mu)
  t.match(out, /^all +- +stale: no aggregator was ever heard of$/mu)
})

t.test('what nobody uses passes, and the answer says that nothing was looked at', async (t) => {
  const services = await startServices(t)
  await services.startAggregator()
  const { out } = await guardEndsWith(services, 0, ['--service', 'shop'])
  t.match(out, /^PASS {2}shop in production$/mu)
  t.match(out, /^SERVICE +ROUTE +WARNINGS$/mu)
  t.match(out, /^shop +- +too few requests to judge: 0 in the last minute, 5 are needed$/mu)
  t.match(out, /^As of 20\d\d-.*Z, log position \d+\.$/mu)
})

t.test('failing requests block the release, in words and for programs', async (t) => {
  const services = await startServices(t)
  await services.startAggregator()
  await send(services, { ok: 33, failed: 15 })
  const { out } = await guardEndsWith(services, 1)
  t.match(out, /^BLOCKED {2}all services in production, release 1\.4\.2$/mu)
  t.match(out, /^SERVICE +ROUTE +WHY$/mu)
  t.match(out, /^shop +GET \/projects\/:id +31\.25 % of 48 requests failed in the last minute$/mu)
  t.match(out, /error rate 31\.25 % \(target 1\) over 48 requests$/mu)
  const other = await services.cli(['guard', '--service', 'other'])
  t.equal(other.exit, 0, 'another service may be released')
  const json = await services.cli(['guard', '--json'])
  t.equal(json.exit, 1)
  t.match(JSON.parse(json.out), {
    pass: false,
    outcome: 'fail',
    violations: [{ reason: 'error_rate_critical', evidence: { samples_1m: 48, errors_1m: 15 } }],
  })
})

t.test('a key made on the command line opens the guard until it is revoked', async (t) => {
  const { cli } = await startServices(t)
  const made = await cli(['keys', 'create', '--role', 'ci', '--json'])
  const { token, key_id } = JSON.parse(made.out)
  const ask = () => cli(['guard'], { env: { PORTCULLIS_TOKEN: token } })
  t.equal((await ask()).exit, 3)
  await cli(['keys', 'revoke', key_id])
  await waitFor(async () => (await ask()).exit === 2, { what: 'the gateway to refuse the key' })
  t.match(
    (await ask()).err,
    /^portcullis: No valid credential: the API key was revoked\. To mend it, set PORTCULLIS_TOKEN/u,
  )
})

t.test('a credential that may not ask is told what it lacks', async (t) => {
  const { cli } = await startServices(t)
  const { out } = await cli(['keys', 'create', '--role', 'ingest'])
  const { exit, err } = await cli(['guard'], { env: { PORTCULLIS_TOKEN: out.trimEnd() } })
  t.equal(exit, 2)
  t.match(err, 'It needs the scope guard:read: set PORTCULLIS_TOKEN')
})

t.test('a question that cannot be asked is told with the parameter', async (t) => {
  const { cli } = await startServices(t)
  const { exit, err } = await cli(['guard', '--service', ''])
  t.equal(exit, 2)
  t.match(err, /^portcullis: .*service.*must not be empty/u)
})

t.test('a gateway that is away is out of reach', async (t) => {
  const receiver = await startReceiver(t)
  await receiver.close()
  const { exit, out, err } = await callCli(['guard'], { env: { PORTCULLIS_URL: receiver.url } })
  t.strictSame({ exit, out }, { exit: 4, out: '' })
  t.match(
    err,
    /^portcullis: the gateway http:\S+ cannot be reached \(.*ECONNREFUSED.*\); start it, or set PORTCULLIS_URL\.\n$/u,
  )
})

t.test('what is no gateway never passes, nor does it count as blocked', async (t) => {
  const receiver = await startReceiver(t)
  const env = { PORTCULLIS_URL: `${receiver.url}/` }
  const answers = [
    { status: 200, body: '<html>welcome</html>' },
    { status: 200, body: '{"pass":true}' },
    { status: 302, headers: { location: '/login' }, body: '' },
    { status: 404, body: '{"title":"There is no such thing"}' },
    { status: 502, body: '<html>bad gateway</html>' },
    {
      status: 429,
      body: '{"title":"Too many requests","fix":"Wait as long as `Retry-After` says."}',
    },
    { status: 200, hangUp: true },
  ]
  for (const answer of answers) {
    receiver.answerWith(() => answer)
    const { exit, out, err } = await callCli(['guard'], { env })
    t.strictSame({ exit, out }, { exit: 4, out: '' }, JSON.stringify(answer))
    t.match(err, /^portcullis: [^\n]+\.\n$/u)
  }
  t.match(receiver.requests[0]?.url, /^\/ops\/release-guard\?blocked_status=200$/u)
})

t.test("a pipeline's own DATABASE_URL is none of the guard's business", async (t) => {
  const services = await startServices(t)
  const { exit } = await services.cli(['guard'], {
    env: { DATABASE_URL: 'mysql://app', PORT: 'x' },
  })
  t.equal(exit, 3)
})

t.test('a PORTCULLIS_URL that is none is told', async (t) => {
  for (const PORTCULLIS_URL of ['portcullis.example', 'ftp://portcullis.example']) {
    const { exit, err } = await callCli(['guard'], { env: { PORTCULLIS_URL } })
    t.equal(exit, 2)
    t.match(err, `PORTCULLIS_URL: read "${PORTCULLIS_URL}". Allowed is an http: or https: URL.`)
  }
})
