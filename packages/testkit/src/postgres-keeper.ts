// The process that keeps a Postgres server for tests: it starts one in a temporary folder, says
// where on its output in one line of JSON, and takes it down when its input ends. That happens when
// the process that wanted the server is gone, in whatever way.
import { once } from 'node:events'
import { rm } from 'node:fs/promises'

import { startEmbeddedPostgres } from '@portcullis/embedded-postgres'

import { TEST_POSTGRES_SETTINGS } from './postgres-settings.ts'
import { makeTemporaryFolder } from './temporary-folder.ts'

const folder = await makeTemporaryFolder()
try {
  const lines: string[] = []
  const server = await startEmbeddedPostgres({
    dataDir: folder,
    settings: TEST_POSTGRES_SETTINGS,
    log: (line) => lines.push(line),
  })
  say({ connectionString: server.connectionString })
  process.stdin.resume()
  await Promise.race([once(process.stdin, 'end'), server.died])
  await server.stop()
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) })
} finally {
  await rm(folder, { recursive: true, force: true })
}

function say(answer: { connectionString: string } | { error: string }): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
