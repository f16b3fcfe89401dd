// Goal: `guard --wait` ends with what the gateway says last. Method: a real gateway with a real store;
// pauses are over at once, and in them happens what the wait is for.
import { freePort, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { callCli } from '../../test/call-cli.ts'
import { fakePace } from '../../test/fake-pace.ts'
import { type RunningServices, startServices } from '../../test/start-services.ts'

/** A critical incident that escalated: it blocks until somebody takes it over. */
async function openIncident({ pool }: RunningServices): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into incidents (service, route, kind, severity, escalation_level, first_seen)
     values ('shop', 'GET /cart', 'error_rate', 'critical', 1, now() - interval '3 minutes')
     returning id`,
  )
  return rows[0]!.id
}

/** Folds, and waits until the gateway knows. */
async function startFolding(services: RunningServices): Promise<void> {
  await services.startAggregator()
  const isKnown = async () => (await services.cli(['guard', '--service', 'other'])).exit === 0
  await waitFor(isKnown, { what: 'an aggregator that is heard of' })
}

t.test('a release goes as soon as somebody took the incident over', async (t) => {
  const services = await startServices(t)
  await services.startEscalator()
  await startFolding(services)
  const id = await openIncident(services)
  const pace = fakePace({
    onPause: async (count) => {
      if (count !== 2) return
      await services.cli(['incidents', 'ack', id])
      const isOpen = async () => (await services.cli(['guard'])).exit === 0
      await waitFor(isOpen, { what: 'the guard to open' })
    },
  })
  const { exit, out, err } = await services.cli(['guard', '--wait', '15m'], { pace })
  t.equal(exit, 0)
  t.match(out, /^PASS {2}all services in production$/mu)
  t.strictSame(pace.pauses, [15_000, 15_000], 'it opens later, and somebody may act sooner')
  t.match(
    err,
    /^BLOCKED after 0s, 15m left: shop GET \/cart: critical incident error_rate at level 1 .*; nobody took it over.*\n$/u,
  )
})

t.test('what still blocks at the deadline is blocked', async (t) => {
  const services = await startServices(t)
  await startFolding(services)
  await openIncident(services)
  const pace = fakePace()
  const { exit, out, err } = await services.cli(['guard', '--wait', '3m'], { pace })
  t.equal(exit, 1)
  t.match(out, /^BLOCKED {2}all services in production$/mu)
  t.match(out, /^shop +GET \/cart +critical incident/mu)
  t.strictSame([pace.pauses.length, pace.elapsedMs()], [12, 179_000])
  t.strictSame(
    [...err.matchAll(/^BLOCKED after (.*?):/gmu)].map(([, when]) => when),
    ['0s, 3m left', '1m, 2m left', '2m, 1m left'],
    'a log is told once a minute that nothing changed',
  )
})

t.test('with --fail-fast nothing is waited for that blocks', async (t) => {
  const services = await startServices(t)
  await openIncident(services)
  const pace = fakePace()
  const argv = ['guard', '--wait', '15m', '--fail-fast']
  const { exit, err } = await services.cli(argv, { pace })
  t.strictSame({ exit, err, pauses: pace.pauses }, { exit: 1, err: '', pauses: [] })
})

t.test(
  'what cannot be known at the deadline is undecided, and JSON is the last verdict',
  async (t) => {
    const services = await startServices(t)
    const pace = fakePace()
    const argv = ['guard', '--service', 'shop', '--version', '1.4.2', '--wait', '25s', '--json']
    const { exit, out, err } = await services.cli(argv, { pace })
    t.equal(exit, 3)
    t.match(JSON.parse(out), {
      outcome: 'undecided',
      pass: false,
      service: 'shop',
      version: '1.4.2',
    })
    t.strictSame(pace.pauses, [10_000, 10_000, 4_000])
    t.equal(
      err,
      'UNDECIDED after 0s, 25s left: all services: stale: no aggregator was ever heard of\n',
    )
  },
)

t.test('what cannot be known yet passes when it can', async (t) => {
  const services = await startServices(t)
  const pace = fakePace({
    onPause: async (count) => {
      if (count === 3) await startFolding(services)
    },
  })
  const argv = ['guard', '--service', 'shop', '--wait', '15m', '--fail-fast']
  const { exit, out } = await services.cli(argv, { pace })
  t.equal(exit, 0)
  t.match(out, /^PASS {2}shop in production$/mu)
  t.equal(pace.pauses.length, 3)
})

t.test('a gateway that is started after the wait began is asked', async (t) => {
  const port = await freePort()
  let services: RunningServices | undefined
  const pace = fakePace({
    onPause: async (count) => {
      if (count !== 3) return
      services = await startServices(t, { PORT: String(port) })
      await startFolding(services)
    },
  })
  const env = {
    PORTCULLIS_URL: `http://127.0.0.1:${port}`,
    PORTCULLIS_TOKEN: 'the-first-admin-of-a-test',
  }
  const { exit, out, err } = await callCli(['guard', '--wait', '15m'], { env, pace })
  t.equal(exit, 0)
  t.match(out, /^PASS {2}all services in production$/mu)
  t.strictSame(pace.pauses, [1_000, 2_000, 4_000])
  t.match(
    err,
    /^NO VERDICT after 0s, 15m left: the gateway \S+ cannot be reached \(.*ECONNREFUSED/u,
  )
})

t.test('a credential that is refused ends the wait at once', async (t) => {
  const services = await startServices(t)
  const pace = fakePace()
  const env = { PORTCULLIS_TOKEN: 'pc_000000000000_wrong' }
  const argv = ['guard', '--wait', '15m', '--on-unreachable', 'pass']
  const { exit, out, err } = await services.cli(argv, { env, pace })
  t.strictSame({ exit, out, pauses: pace.pauses }, { exit: 2, out: '', pauses: [] })
  t.match(err, /^portcullis: No valid credential/u)
})
