import { rm } from 'node:fs/promises'

import { type EmbeddedPostgres, startEmbeddedPostgres } from '@portcullis/embedded-postgres'

import { TEST_POSTGRES_SETTINGS } from './postgres-settings.ts'
import { reapAfterDeath } from './reap-after-death.ts'
import { makeTemporaryFolder } from './temporary-folder.ts'
import type { TestScope } from './test-scope.ts'

/** A Postgres server for one test that takes it down. States: running, down. */
export type TestPostgres = Readonly<{
  /** Stays the same over restarts. */
  connectionString: string
  /** Stops it (SIGINT), cutting off all clients. */
  stop: () => Promise<void>
  /** Ends it at once (SIGKILL of the first process; the others notice), as a crash would. */
  kill: () => Promise<void>
  /** Starts it again on the same port and data. */
  start: () => Promise<void>
}>

/** Starts a server that belongs to this test alone, and ends it with the test. */
export async function startPostgres(
  t: TestScope,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestPostgres> {
  const folder = await makeTemporaryFolder()
  let server: EmbeddedPostgres | undefined
  let callOffReaper = (): void => {}
  const start = async (): Promise<void> => {
    server = await startEmbeddedPostgres({
      dataDir: folder,
      settings: { ...TEST_POSTGRES_SETTINGS, ...settings },
      log: () => {},
    })
    callOffReaper = reapAfterDeath(server.pid, folder)
  }
  const stop = async (): Promise<void> => {
    await server?.stop()
    server = undefined
    callOffReaper()
  }
  const kill = async (): Promise<void> => {
    if (server === undefined) return
    process.kill(server.pid, 'SIGKILL')
    await server.died
    await stop()
  }
  t.teardown(async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  })
  await start()
  if (server === undefined) throw new Error('The server did not start.')
  return { connectionString: (server as EmbeddedPostgres).connectionString, stop, kill, start }
}
