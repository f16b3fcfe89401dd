// needs: pgbouncer
// Goal: a service never works through a pooler that takes its session away. Method: a real PgBouncer
// before the tests' server, in each mode, asked as the services and as the command line connect.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'

import {
  createDatabase,
  freePort,
  makeTemporaryFolder,
  reapAfterDeath,
  type TestScope,
  waitFor,
} from '@portcullis/testkit'
import pg from 'pg'
import t from 'tap'

import { assertServerIsUsable } from './assert-server-is-usable.ts'
import { migrateToLatest } from './migrate.ts'
import { assertSchemaIsUsable } from './schema-state.ts'

const database = await createDatabase(t)

/** As `openPool` of the event log sets them. */
const SERVICE = { statement_timeout: 30_000, idle_in_transaction_session_timeout: 30_000 }

/** Starts a PgBouncer before the database, and returns a pool that goes through it. */
async function throughPooler(
  t: TestScope,
  mode: 'session' | 'transaction',
  { session = {}, passed = '' }: { session?: pg.PoolConfig; passed?: string } = {},
): Promise<pg.Pool> {
  const { hostname, port, username, password, pathname } = new URL(database.connectionString)
  const name = pathname.slice(1)
  const ownPort = await freePort()
  const folder = await makeTemporaryFolder()
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const file = path.join(folder, 'pgbouncer.ini')
  const settings = [
    '[databases]',
    `${name} = host=${hostname} port=${port} dbname=${name} user=${username} password=${password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${ownPort}`,
    'unix_socket_dir =',
    'auth_type = any',
    `pool_mode = ${mode}`,
    `ignore_startup_parameters = ${passed}`,
  ]
  await writeFile(file, settings.join('\n'))
  await chmod(file, 0o644)
  // It refuses to run as root.
  const account = process.getuid?.() === 0 ? ['--user=nobody'] : []
  const pooler = spawn('pgbouncer', [...account, file], { stdio: 'ignore' })
  const ended = once(pooler, 'exit')
  const callOffReaper = reapAfterDeath(pooler.pid!, folder)
  t.teardown(async () => {
    pooler.kill('SIGKILL')
    await ended
    callOffReaper()
  })
  await waitFor(() => answers(ownPort), { what: 'PgBouncer', timeoutMs: 60_000 })
  const url = new URL(database.connectionString)
  url.port = String(ownPort)
  const pool = new pg.Pool({ connectionString: url.href, max: 2, ...session })
  t.teardown(() => pool.end())
  return pool
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
  return true
}

const REFUSAL = { message: /PgBouncer in transaction mode .* name the PostgreSQL server itself/su }
const PASSED = 'extra_float_digits, statement_timeout, idle_in_transaction_session_timeout'

t.test('the server itself is usable', async (t) => {
  await t.resolves(assertServerIsUsable(database.pool))
})

t.test('a pooler that gives each transaction another connection is refused', async (t) => {
  const pool = await throughPooler(t, 'transaction')
  await t.rejects(assertSchemaIsUsable(pool), REFUSAL)
  await t.rejects(migrateToLatest(pool), REFUSAL)
})

t.test('it is refused to a service, whatever it lets pass', async (t) => {
  await t.rejects(
    assertSchemaIsUsable(await throughPooler(t, 'transaction', { session: SERVICE })),
    REFUSAL,
  )
  await t.rejects(
    assertSchemaIsUsable(
      await throughPooler(t, 'transaction', { session: SERVICE, passed: PASSED }),
    ),
    REFUSAL,
  )
})

t.test('a pooler that leaves a session its connection is none', async (t) => {
  await t.resolves(assertSchemaIsUsable(await throughPooler(t, 'session')))
})
