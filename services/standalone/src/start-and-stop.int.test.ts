import { once } from 'node:events'
import { readdir, stat, writeFile } from 'node:fs/promises'
// Goal: who types `npm start` can end it at any moment, goes on with the same data, and is told in a
// sentence what stands in the way. Method: the real command on a data folder of its own, in a process
// group as a terminal makes one, which Ctrl-C reaches as a whole.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'

import { createDatabase, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { readToken } from './data-folder.ts'
import { chooseDataDir, logLinesIn, startStandalone } from './fixtures/start-standalone.ts'

t.setTimeout(600_000)

t.test('Ctrl-C under npm is a clean end, and the next start goes on with the data', async (t) => {
  const dataDir = await chooseDataDir(t)
  const first = startStandalone(t, dataDir, { command: ['npm', 'start'] })
  const url = await first.untilUp()
  const token = await readToken(dataDir)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ version: '1.2.3', service: 'shop' })
  const announced = await fetch(`${url}/v1/releases`, { method: 'POST', headers, body })
  t.ok(announced.ok, await announced.text())
  const refused = startStandalone(t, dataDir)
  t.equal(await refused.ended, 1)
  t.match(refused.printed(), /is in use by process \d+ \(.*standalone.*\)\. Stop that first/u)
  first.interrupt()
  // npm, or the shell between, may end by the same signal itself: what counts is how Portcullis ended.
  t.ok([0, 'SIGINT'].includes((await first.ended) ?? -1), first.printed())
  t.match((await logLinesIn(dataDir)).at(-1), { msg: 'closed', reason: 'SIGINT', inTime: true })
  t.strictSame(await readdir(path.join(dataDir, 'lock')), [], 'the folder is given back')
  const second = startStandalone(t, dataDir)
  const again = await second.untilUp()
  t.equal(await readToken(dataDir), token)
  const releases = await fetch(`${again}/v1/releases`, { headers })
  t.match(await releases.text(), '1.2.3')
  second.interrupt()
  t.equal(await second.ended, 0)
})

t.test('Ctrl-C during a start ends it, and the next one works', async (t) => {
  const dataDir = await chooseDataDir(t)
  const broken = startStandalone(t, dataDir)
  await waitFor(async () => (await logLinesIn(dataDir)) && stat(path.join(dataDir, 'lock')), {
    what: 'the beginning of the start',
    timeoutMs: 60_000,
  })
  broken.interrupt()
  t.equal(await broken.ended, 0, broken.printed())
  t.notMatch(broken.printed(), 'did not start')
  const next = startStandalone(t, dataDir)
  await next.untilUp()
  next.interrupt()
  t.equal(await next.ended, 0)
})

t.test('a taken port is told, with what to do', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as AddressInfo
  const dataDir = await chooseDataDir(t)
  const { ended, printed } = startStandalone(t, dataDir, { settings: { PORT: String(port) } })
  t.equal(await ended, 1)
  t.match(printed(), `Port ${port} is taken by another program`)
  t.match(printed(), 'PORT=3001 npm start')
})

t.test('the folders that a start makes can be entered by the account of the server', async (t) => {
  const dataDir = await chooseDataDir(t)
  const { untilUp, printed, interrupt, ended } = startStandalone(t, dataDir)
  await untilUp()
  t.match(printed(), `embedded PostgreSQL, in ${dataDir};`)
  t.equal((await stat(dataDir)).mode & 0o700, 0o700)
  t.ok((await readdir(dataDir)).includes('postgres'))
  interrupt()
  t.equal(await ended, 0)
})

t.test('a data folder that can not be written is told before anything else', async (t) => {
  const file = t.testdir({ file: '' })
  const dataDir = path.join(file, 'file', 'data')
  const { ended, printed } = startStandalone(t, dataDir)
  t.equal(await ended, 1)
  t.match(printed(), /The data folder .*file\/data can't be written by this account/u)
})

t.test('a database whose address is in a file serves the aggregator too', async (t) => {
  const { connectionString } = await createDatabase(t, { migrated: false })
  const dataDir = await chooseDataDir(t)
  const file = path.join(t.testdir(), 'database_url')
  await writeFile(file, `${connectionString}\n`, { mode: 0o600 })
  const settings = { DATABASE_URL_FILE: file }
  const { untilUp, printed, interrupt, ended } = startStandalone(t, dataDir, { settings })
  await untilUp()
  t.match(printed(), /Data +DATABASE_URL; queues in PostgreSQL/u)
  const services = new Set((await logLinesIn(dataDir)).map((line) => line.service))
  t.ok(services.has('aggregator'), 'its lines are in the same log')
  interrupt()
  t.equal(await ended, 0)
})
