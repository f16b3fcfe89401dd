// Goal: half a system never runs. Method: parts of a real start are killed, or starved of disk; what
// the others do, and with which code it all ends, is what a supervisor would see.
import { readFile } from 'node:fs/promises'

import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { readToken } from './data-folder.ts'
import { chooseDataDir, logLinesIn, startStandalone } from './fixtures/start-standalone.ts'

t.setTimeout(600_000)

const WITHIN_MS = 120_000

/** Returns the pids of a process's children whose command line contains a text. Linux. */
async function childrenOf(pid: number, text: string): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const pids = children.split(' ').filter(Boolean).map(Number)
  const commands = await Promise.all(pids.map((one) => readFile(`/proc/${one}/cmdline`, 'utf8')))
  return pids.filter((_, nth) => commands[nth]!.includes(text))
}

t.test('a killed aggregator is started again; a killed Postgres ends all', async (t) => {
  const dataDir = await chooseDataDir(t)
  const running = startStandalone(t, dataDir)
  const url = await running.untilUp()
  const [aggregator] = await childrenOf(running.pid, 'aggregator')
  process.kill(aggregator!, 'SIGKILL')
  await waitFor(
    async () => {
      const [next] = await childrenOf(running.pid, 'aggregator')
      return next !== undefined && next !== aggregator
    },
    { what: 'another aggregator', timeoutMs: WITHIN_MS },
  )
  await waitFor(
    async () => {
      const lines = await logLinesIn(dataDir)
      return lines.filter((one) => one.service === 'aggregator' && one.msg === 'ready').length === 2
    },
    { what: 'its readiness', timeoutMs: WITHIN_MS },
  )
  await waitFor(async () => (await fetch(`${url}/ops/ready`)).status === 200, {
    what: 'a gateway that has heard of it',
    timeoutMs: WITHIN_MS,
  })
  const [postgres] = await childrenOf(running.pid, 'bin/postgres')
  process.kill(postgres!, 'SIGKILL')
  t.equal(await running.ended, 1, 'a supervisor starts it again')
  t.match(running.printed(), /The embedded PostgreSQL ended .*, and Portcullis with it/su)
})

t.test('with little room on the disk nothing is accepted', async (t) => {
  const dataDir = await chooseDataDir(t)
  // A tebibyte free is more than a machine that runs tests has.
  const settings = { PORTCULLIS_DISK_FREE_MIB_MIN: '1048576' }
  const running = startStandalone(t, dataDir, { settings })
  const url = await running.untilUp()
  const headers = {
    authorization: `Bearer ${await readToken(dataDir)}`,
    'content-type': 'application/json',
  }
  const observations = [{ route: 'GET /cart', status: 200, duration_ms: 12 }]
  const body = JSON.stringify({ service: 'shop', observations })
  const post = () => fetch(`${url}/v1/request-metrics`, { method: 'POST', headers, body })
  // The first look at the disk may come after the first batch.
  const refused = await waitFor(
    async () => {
      const answer = await post()
      return answer.status === 503 && answer
    },
    { what: 'the refusal', timeoutMs: WITHIN_MS },
  )
  t.match(await refused.json(), { status: 503, code: 'DISK_NEARLY_FULL' })
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.equal((await fetch(`${url}/ops/live`)).status, 200, 'it is up and answers')
  running.interrupt()
  t.equal(await running.ended, 0)
})
