// Goal: a backtest holds nothing up, and nothing is left of one that nobody waits for. Method: a listening gateway, and a
// lock on the batches at which a backtest waits for as long as the test wants.
import type { AddressInfo } from 'node:net'

import {
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type EpochMs,
  type LogPosition,
  type ServiceName,
  systemMeta,
} from '@portcullis/contracts'
import { inTransaction, verdictStream } from '@portcullis/event-log'
import { appendAndFold } from '@portcullis/projections'
import { waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import { startTestGateway, TEST_TOKEN } from '../../fixtures/start-test-gateway.ts'

t.setTimeout(240_000)

const POLICY = {
  apiVersion: 'portcullis.dev/v1',
  kind: 'ReleasePolicy',
  metadata: { name: 'tried' },
  spec: { rules: [{ type: 'incident' }] },
}

/** The log begins with a change of a verdict. Returns when that was. */
async function beginLog(pool: Pool): Promise<string> {
  const scope = { service: 'shop' as ServiceName, environment: DEFAULT_ENVIRONMENT }
  const asOf = 1_900_000_000_000 as EpochMs
  const data = {
    ...{ ...scope, outcome: 'pass' as const, pass: true, reasons: [], asOf, policies: [] },
    ...{ previous: null, notify: [], heads: { log: 0 as LogPosition, metrics: [] } },
  }
  const pending = {
    streamId: verdictStream(scope.service, scope.environment),
    version: 1,
    event: { type: 'verdict.changed', data },
    meta: systemMeta('system'),
    occurredAt: asOf,
  } as const
  await inTransaction(pool, (tx) => appendAndFold(tx, DEFAULT_PROJECT, [pending]))
  const { rows } = await pool.query('select recorded_at from events')
  return (rows[0] as { recorded_at: Date }).recorded_at.toISOString()
}

/** A gateway whose backtests wait until `letGo` is called. */
async function start(t: Test) {
  const { gateway, pool } = await startTestGateway(t)
  // Of the next millisecond: an instant has no finer parts.
  const from = new Date(Date.parse(await beginLog(pool)) + 1).toISOString()
  await gateway.listen({ host: '127.0.0.1', port: 0 })
  const { port } = gateway.server.address() as AddressInfo
  const headers = { authorization: `Bearer ${TEST_TOKEN}`, 'content-type': 'application/json' }
  const url = `http://127.0.0.1:${port}/v1/backtests`
  const locking = await pool.connect()
  await locking.query('begin')
  await locking.query('lock table metric_batches in access exclusive mode')
  const letGo = async () => void (await locking.query('rollback'))
  t.teardown(async () => {
    await letGo()
    locking.release()
  })
  const body = JSON.stringify({ documents: [POLICY] })
  const ask = async (signal?: AbortSignal) => {
    const given = signal === undefined ? {} : { signal }
    return fetch(`${url}?from=${from}&step=1h`, { method: 'POST', headers, body, ...given })
  }
  const waiting = async (): Promise<number> => {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity where datname = current_database()
         and application_name = 'portcullis backtest' and wait_event_type = 'Lock'`,
    )
    return rowCount ?? 0
  }
  const untilWaiting = async () => waitFor(async () => (await waiting()) === 1, LONG)
  return { gateway, ask, waiting, untilWaiting, letGo }
}

const LONG = { what: 'a backtest that waits', timeoutMs: 30_000 }

t.test('a gateway runs one backtest at a time', async (t) => {
  const { gateway, ask, untilWaiting, letGo } = await start(t)
  const first = ask()
  await untilWaiting()
  const second = await ask()
  t.equal(second.status, 429)
  t.equal(second.headers.get('retry-after'), '10')
  const alive = await gateway.inject({ url: '/ops/live' })
  t.equal(alive.statusCode, 200, 'meanwhile it answers')
  await letGo()
  t.equal((await first).status, 200)
  t.equal((await ask()).status, 200, 'then the next one')
})

t.test('a backtest ends when its client goes away', async (t) => {
  const { ask, waiting, untilWaiting, letGo } = await start(t)
  const going = new AbortController()
  const first = ask(going.signal)
  await untilWaiting()
  going.abort()
  await t.rejects(first)
  const asked: Promise<Response>[] = []
  const isTaken = async () => {
    asked.push(ask())
    return (await waiting()) === 2
  }
  await waitFor(isTaken, { ...LONG, what: 'another one to be taken', pollMs: 200 })
  await letGo()
  const statuses = (await Promise.all(asked)).map(({ status }) => status)
  t.ok(statuses.includes(200), 'it is answered')
})

t.test('a gateway that closes waits for none', async (t) => {
  const { gateway, ask, untilWaiting } = await start(t)
  const first = ask()
  await untilWaiting()
  await gateway.close()
  const answer = await first
  t.equal(answer.status, 503)
  t.match(await answer.json(), { code: 'GATEWAY_CLOSING' })
})
