// needs: redis-server
// Servers of tests end with the test process, however it ends. Method: a process of its own starts
// them as a test would, says where they are, and is killed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access } from 'node:fs/promises'
import { createInterface } from 'node:readline'

import { Redis } from 'ioredis'
import pg from 'pg'
import t, { type Test } from 'tap'

import { waitFor } from './wait-for.ts'

/** Runs a script with the kit's modules at hand, and returns the JSON that it prints. */
async function runAndKill<T>(t: Test, script: string): Promise<{ said: T; kill: () => void }> {
  const from = (name: string): string => new URL(name, import.meta.url).href
  const prelude = `
    import { sharedPostgres } from '${from('shared-postgres.ts')}'
    import { startPostgres } from '${from('start-postgres.ts')}'
    import { startRedis } from '${from('start-redis.ts')}'
    const t = { teardown: () => {} }
    const say = (what) => console.log(JSON.stringify(what))
    setInterval(() => {}, 1_000)
    `
  const node = [process.execPath, '--input-type=module', '--eval', prelude + script]
  const child = spawn('env', ['-i', 'PATH=/usr/sbin:/usr/bin:/bin', ...node], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { said: JSON.parse(line), kill: () => void child.kill('SIGKILL') }
}

async function dataFolderOf(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query<{ folder: string }>(
    "select current_setting('data_directory') as folder",
  )
  await client.end()
  return rows[0]?.folder ?? ''
}

async function isGone(place: string): Promise<boolean> {
  return access(place).then(
    () => false,
    () => true,
  )
}

t.test('the shared server and its folder go with a killed test', async (t) => {
  const { said, kill } = await runAndKill<string>(t, 'say(await sharedPostgres())')
  const folder = await dataFolderOf(said)
  kill()
  await waitFor(() => isGone(folder), { what: "The removal of the server's folder" })
  await t.rejects(dataFolderOf(said), { code: 'ECONNREFUSED' })
})

t.test("a test's own server and its folder go with a killed test", async (t) => {
  const script = 'say((await startPostgres(t)).connectionString)'
  const { said, kill } = await runAndKill<string>(t, script)
  const folder = await dataFolderOf(said)
  kill()
  await waitFor(() => isGone(folder), { what: "The removal of the server's folder" })
  await t.rejects(dataFolderOf(said), { code: 'ECONNREFUSED' })
})

t.test('a Redis server goes with a killed test', async (t) => {
  const { said, kill } = await runAndKill<string>(t, 'say((await startRedis(t)).url)')
  const ping = async (): Promise<string> => {
    const redis = new Redis(said, { lazyConnect: true, retryStrategy: () => null })
    redis.on('error', () => {})
    return redis
      .connect()
      .then(() => redis.ping())
      .finally(() => redis.disconnect())
  }
  t.equal(await ping(), 'PONG')
  kill()
  await waitFor(
    () =>
      ping().then(
        () => false,
        () => true,
      ),
    { what: "The server's end" },
  )
})
