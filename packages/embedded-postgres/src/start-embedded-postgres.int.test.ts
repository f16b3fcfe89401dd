import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'

import { makeTemporaryFolder, type TestScope, waitFor } from '@portcullis/testkit'
import pg from 'pg'
import t from 'tap'

import { settingsFile } from './cluster-settings.ts'
import { startOwner } from './fixtures/start-owner.ts'
import { processIdentity } from './process-identity.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './start-embedded-postgres.ts'

async function makeDataDir(t: TestScope): Promise<string> {
  const folder = await makeTemporaryFolder()
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return path.join(folder, 'data')
}

async function start(
  t: TestScope,
  dataDir: string,
  lines: string[] = [],
): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log: (line) => lines.push(line) })
  t.teardown(() => server.stop())
  return server
}

async function query(connectionString: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query({ text, rowMode: 'array' })).rows
  } finally {
    await client.end()
  }
}

t.test('a server comes back on the same address with the same data', async (t) => {
  const dataDir = await makeDataDir(t)
  const first = await start(t, dataDir)
  await query(first.connectionString, 'create table kept as select 1 as id')
  await first.stop()
  await first.stop()
  const second = await start(t, dataDir)
  t.equal(second.connectionString, first.connectionString)
  t.same(await query(second.connectionString, 'select * from kept'), [[1]])
})

t.test('a server is durable, on the loopback, and asks for its password', async (t) => {
  const dataDir = await makeDataDir(t)
  const { connectionString, clusterFolder } = await start(t, dataDir)
  const shown = await query(
    connectionString,
    `select name, setting from pg_settings
      where name in ('fsync', 'full_page_writes', 'listen_addresses', 'data_checksums') order by 1`,
  )
  t.same(shown, [
    ['data_checksums', 'on'],
    ['fsync', 'on'],
    ['full_page_writes', 'on'],
    ['listen_addresses', '127.0.0.1'],
  ])
  const { port } = new URL(connectionString)
  const guess = `postgres://portcullis:guess@127.0.0.1:${port}/portcullis`
  await t.rejects(query(guess, 'select 1'), { code: '28P01' })
  const throughSocket = `postgres://portcullis:guess@/portcullis?port=${port}&host=${dataDir}/socket`
  await t.rejects(query(throughSocket, 'select 1'), { code: '28P01' })
  t.equal((await stat(settingsFile(dataDir))).mode & 0o777, 0o600)
  t.equal((await stat(clusterFolder)).mode & 0o777, 0o700)
  const left = (await readdir(dataDir)).sort()
  t.same(left, ['lock', 'postgres', 'postgres.json', 'socket'], 'the password file is gone')
})

t.test('a second start on the same data is refused, and the holder is named', async (t) => {
  const dataDir = await makeDataDir(t)
  const owner = await startOwner(t, dataDir)
  await t.rejects(startEmbeddedPostgres({ dataDir, log: () => {} }), {
    message: new RegExp(`in use by process ${owner.pid} \\(.*owner\\.ts .*\\)`),
  })
  if ('error' in owner.said) return t.fail(owner.said.error)
  t.same(await query(owner.said.connectionString, 'select 1'), [[1]], 'the first goes on')
})

t.test('a server that a killed owner left running is stopped, then started afresh', async (t) => {
  const dataDir = await makeDataDir(t)
  const { said, end } = await startOwner(t, dataDir)
  if ('error' in said) return t.fail(said.error)
  await query(said.connectionString, 'create table kept as select 1 as id')
  await end('SIGKILL')
  t.ok(await processIdentity(said.pid), 'the server outlives its owner')
  const lines: string[] = []
  const server = await start(t, dataDir, lines)
  t.match(lines, [new RegExp(`process ${said.pid}\\) was left running`)])
  t.not(server.pid, said.pid)
  t.same(await query(server.connectionString, 'select * from kept'), [[1]])
})

t.test('an owner that exits without a stop leaves no server behind', async (t) => {
  const dataDir = await makeDataDir(t)
  const { said, end } = await startOwner(t, dataDir)
  if ('error' in said) return t.fail(said.error)
  await end('exit')
  await waitFor(async () => (await processIdentity(said.pid)) === undefined, {
    what: "The server's end",
  })
})

t.test('a server that dies is told, and can be started again', async (t) => {
  const dataDir = await makeDataDir(t)
  const first = await start(t, dataDir)
  await query(first.connectionString, 'create table kept as select 1 as id')
  process.kill(first.pid, 'SIGKILL')
  t.match(await first.died, /^Postgres ended \(SIGKILL\)/)
  await first.stop()
  const second = await start(t, dataDir)
  t.same(await query(second.connectionString, 'select * from kept'), [[1]])
})

t.test('a stale postmaster.pid whose pid another program got is no obstacle', async (t) => {
  const dataDir = await makeDataDir(t)
  const first = await start(t, dataDir)
  await first.stop()
  // The account of the server, so that Postgres itself would take the program for a server.
  const { uid, gid } = await stat(first.clusterFolder)
  const other = spawn('sleep', ['60'], process.getuid?.() === 0 ? { uid, gid } : {})
  t.teardown(() => other.kill())
  await once(other, 'spawn')
  const file = path.join(first.clusterFolder, 'postmaster.pid')
  await writeFile(file, `${other.pid}\n${first.clusterFolder}\n1\n5432\n\n\n\nready\n`)
  await chown(file, uid, gid)
  const second = await start(t, dataDir)
  t.same(await query(second.connectionString, 'select 1'), [[1]])
  t.ok(await processIdentity(other.pid ?? 0), 'the other program is left alone')
})

t.test("another major version's data is refused with the way out", async (t) => {
  const dataDir = await makeDataDir(t)
  const first = await start(t, dataDir)
  await first.stop()
  await writeFile(path.join(first.clusterFolder, 'PG_VERSION'), '17\n')
  await t.rejects(startEmbeddedPostgres({ dataDir, log: () => {} }), {
    message: /written by PostgreSQL 17, .* brings PostgreSQL 18, .*portcullis export/,
  })
  t.same(await readdir(path.join(dataDir, 'lock')), [], 'the folder is given back')
})

t.test('a taken port is told, with what to do', async (t) => {
  const dataDir = await makeDataDir(t)
  const first = await start(t, dataDir)
  await first.stop()
  const port = Number(new URL(first.connectionString).port)
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  await t.rejects(startEmbeddedPostgres({ dataDir, log: () => {} }), {
    message: new RegExp(`Port ${port} .* is taken by another program.*postgres\\.json`),
  })
  other.close()
  await start(t, dataDir)
})

t.test('lost settings are chosen anew, and the data stays', async (t) => {
  const dataDir = await makeDataDir(t)
  const first = await start(t, dataDir)
  await query(first.connectionString, 'create table kept as select 1 as id')
  await first.stop()
  await rm(settingsFile(dataDir))
  const second = await start(t, dataDir)
  t.not(new URL(second.connectionString).password, new URL(first.connectionString).password)
  t.same(await query(second.connectionString, 'select * from kept'), [[1]])
})

t.test('a first start that was killed half-way is no obstacle', async (t) => {
  const dataDir = await makeDataDir(t)
  await mkdir(path.join(dataDir, 'postgres.unfinished', 'base'), { recursive: true })
  await writeFile(path.join(dataDir, 'postgres.unfinished', 'PG_VERSION'), '18\n')
  const { connectionString } = await start(t, dataDir)
  t.same(await query(connectionString, 'select 1'), [[1]])
})

t.test('a path that is too long for a socket gets none', async (t) => {
  const dataDir = path.join(await makeDataDir(t), 'long'.repeat(25))
  const { connectionString } = await start(t, dataDir)
  t.same(await query(connectionString, 'show unix_socket_directories'), [['']])
})

t.test('a data folder that can not be made is told', async (t) => {
  const folder = await makeTemporaryFolder()
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await writeFile(path.join(folder, 'file'), '')
  await t.rejects(startEmbeddedPostgres({ dataDir: path.join(folder, 'file'), log: () => {} }), {
    message: /can't be written by this account/,
  })
})
