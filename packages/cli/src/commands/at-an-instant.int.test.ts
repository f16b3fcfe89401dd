// Goal: the command line tells what was as it tells what is, and never takes one for the other. Method: real services with
// traffic that fails after a while, and refusals as a gateway sends them.
import { startReceiver, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { callCli } from '../../test/call-cli.ts'
import { type RunningServices, startServices } from '../../test/start-services.ts'

/** Sends requests that all end with a status, and returns once they are folded. */
async function send({ url, env, pool }: RunningServices, status: number): Promise<void> {
  const observation = { route: 'GET /projects/:id', status, duration_ms: 12 }
  const observations = Array.from({ length: 20 }, () => observation)
  const authorization = `Bearer ${env['PORTCULLIS_TOKEN']}`
  const headers = { 'content-type': 'application/json', authorization }
  const { rows } = await pool.query<{ seq: number }>('select sum(seq)::int as seq from shard_heads')
  const body = JSON.stringify({ service: 'shop', observations })
  const response = await fetch(`${url}/v1/request-metrics`, { method: 'POST', headers, body })
  if (response.status !== 202) throw new Error(await response.text())
  const folded = 'select from shard_heads having sum(seq) > $1'
  await waitFor(async () => (await pool.query(folded, [rows[0]!.seq])).rowCount === 1, {
    what: 'the fold of a batch',
    timeoutMs: 30_000,
  })
}

/** The present of the database, when it is over. */
async function present({ pool }: RunningServices): Promise<string> {
  const { rows } = await pool.query<{ now: Date }>('select clock_timestamp() as now')
  const now = rows[0]!.now
  await waitFor(() => Date.now() > now.getTime() + 1, { what: 'the next millisecond' })
  return now.toISOString()
}

t.test('the guard, its explanation and incidents are told as they were', async (t) => {
  const services = await startServices(t)
  const { cli } = services
  await services.startEscalator()
  await services.startAggregator()
  await send(services, 200)
  const healthy = await present(services)
  await send(services, 500)
  const failing = await present(services)
  const shop = ['--service', 'shop'] as const

  t.equal((await cli(['guard', ...shop])).exit, 1)
  const before = await cli(['guard', ...shop, '--at', healthy])
  t.equal(before.exit, 0)
  t.match(before.out, /^PASS {2}shop in production$/mu)
  t.match(before.out, /^As it was at 20\d\d-.*\.000Z, log position \d+\.$/mu)
  const blocked = await cli(['guard', ...shop, '--at', String(Date.parse(failing)), '--json'])
  t.equal(blocked.exit, 1, 'an instant in epoch milliseconds')
  const { precision, as_of } = JSON.parse(blocked.out)
  t.strictSame([precision, as_of], ['exact', failing.replace(/\.\d{3}Z$/u, '.000Z')])

  const explained = await cli(['explain', ...shop, '--at', healthy])
  t.equal(explained.exit, 0)
  t.match(explained.out, /^PASS {2}shop in production$/mu)
  t.match(explained.out, /^default +error_rate_critical +enforce +PASS +GET \/projects\/:id/mu)

  const none = await cli(['incidents', 'list', '--at', healthy])
  t.strictSame(none, { exit: 0, out: 'There is no such incident.\n', err: '' })
  const listed = await cli(['incidents', 'list', '--at', failing])
  const [id] = /^[0-9a-f-]{36}(?= +open .* error_rate)/mu.exec(listed.out) ?? []
  t.equal((await cli(['incidents', 'resolve', id!])).exit, 0)
  t.strictSame(await cli(['incidents', 'list', '--at', failing]), listed, 'spans are those of then')
  t.match((await cli(['incidents', 'show', id!, '--at', failing])).out, /^State +open,/mu)
  t.match((await cli(['incidents', 'show', id!])).out, /^State +resolved,/mu)
  t.match(await cli(['incidents', 'show', id!, '--at', healthy]), { exit: 1, out: '' })
})

t.test('an instant of which nothing can be said is a wrong call', async (t) => {
  const services = await startServices(t)
  await services.startEscalator()
  await services.pool.query(
    `insert into incidents (service, route, kind) values ('shop', 'GET /', 'error_rate')`,
  )
  const refusals: readonly (readonly [at: string, err: RegExp])[] = [
    [
      '2020-01-01T00:00:00Z',
      /^portcullis: Nothing was recorded then: the log begins at 20.*Z\. Give a later instant/u,
    ],
    ['2999-01-01T00:00:00Z', /: at is in the future: it is 20/u],
    ['yesterday', /: at must be an RFC 3339 instant/u],
    ['', /: at must be an RFC 3339 instant/u],
  ]
  for (const [at, err] of refusals) {
    for (const command of [['guard'], ['explain'], ['incidents', 'list']]) {
      const answer = await services.cli([...command, '--at', at])
      t.match(answer, { exit: 2, out: '', err }, `${command.join(' ')} --at ${at}`)
    }
  }
  const { url } = await startReceiver(t, () => ({
    status: 410,
    body: '{"code":"NO_LONGER_KEPT","title":"Gone","detail":"figures are kept since then"}',
  }))
  const given = { env: { PORTCULLIS_URL: url } }
  t.match(await callCli(['guard', '--at', '2026-01-01T00:00:00Z'], given), {
    exit: 2,
    err: 'portcullis: Gone: figures are kept since then. Give a later instant.\n',
  })
  t.match(await callCli(['guard', '--at', '2026-01-01T00:00:00Z', '--wait', '10s'], given), {
    exit: 2,
    err: 'portcullis: --wait is for the present, and --at for the past: give one of them.\n',
  })
})
