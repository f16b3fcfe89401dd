import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'

import { chooseFreePort } from '@portcullis/embedded-postgres'
import { Redis } from 'ioredis'

import { reapAfterDeath } from './reap-after-death.ts'
import { makeTemporaryFolder } from './temporary-folder.ts'
import type { TestScope } from './test-scope.ts'
import { waitFor } from './wait-for.ts'

export type RedisOptions = Readonly<{
  /** Absent: nothing is kept over a restart. `always` loses nothing, `everysec` a second. */
  appendfsync?: 'always' | 'everysec'
  /** Further settings, in redis.conf's words. */
  settings?: Readonly<Record<string, string>>
}>

/** A real Redis server on a port and folder of its own. States: running, paused, down. */
export type TestRedis = Readonly<{
  url: string
  port: number
  /** Stops it where it stands (SIGSTOP): connections stay open and nothing is answered. */
  pause: () => void
  resume: () => void
  /** Ends it at once (SIGKILL), as a power cut would. */
  kill: () => Promise<void>
  /** Starts it again after `kill`, on the same port and data. */
  start: () => Promise<void>
}>

/** Starts Debian's redis-server, and ends it with the test. */
export async function startRedis(t: TestScope, options: RedisOptions = {}): Promise<TestRedis> {
  const folder = await makeTemporaryFolder()
  const port = await chooseFreePort()
  let child: ChildProcess | undefined
  let callOffReaper = (): void => {}
  const start = async (): Promise<void> => {
    child = await launch(port, argumentsOf(port, folder, options))
    callOffReaper = reapAfterDeath(child.pid ?? 0, folder)
  }
  const kill = async (): Promise<void> => {
    if (child === undefined) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    child = undefined
    callOffReaper()
  }
  t.teardown(async () => {
    await kill()
    await rm(folder, { recursive: true, force: true })
  })
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    kill,
    start,
  }
}

function argumentsOf(port: number, folder: string, options: RedisOptions): string[] {
  const { appendfsync, settings } = options
  const all = {
    bind: '127.0.0.1',
    port: String(port),
    dir: folder,
    save: '',
    'maxmemory-policy': 'noeviction',
    appendonly: appendfsync === undefined ? 'no' : 'yes',
    ...(appendfsync && { appendfsync }),
    ...settings,
  }
  return Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])
}

/** Starts a server and returns when it answers. */
async function launch(port: number, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  let failure: Error | undefined
  child.once('error', (cause) => {
    const hint =
      'redis-server could not be started: install it (Debian: apt-get install redis-server). A ' +
      'test file that needs it says so in its first line: `// needs: redis-server`.'
    failure = new Error(hint, { cause })
  })
  child.once('exit', (code) => {
    failure ??= new Error(`redis-server ended with ${code} instead of taking port ${port}.`)
  })
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 20,
  })
  // While it can't be connected to, and while it reads its append-only file (LOADING).
  client.on('error', () => {})
  const isReady = async (): Promise<boolean> => {
    if (failure !== undefined) return true
    // Another server could have taken the port: ask who answers.
    return (await client.info('server')).includes(`process_id:${child.pid}\r\n`)
  }
  try {
    await waitFor(isReady, { what: "Redis' answer" })
  } finally {
    client.disconnect()
  }
  if (failure !== undefined) throw failure
  return child
}
