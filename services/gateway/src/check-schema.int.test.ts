// Goal: a gateway that starts while the store is away waits for it, and does not stay with another
// version's schema. Method: a server that is stopped and started, with and without a migration that nobody knows.
import { createLifecycle, createLogger } from '@portcullis/runtime'
import { createDatabase, startPostgres, type TestScope, waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t from 'tap'

import { checkSchema } from './check-schema.ts'

function partsOf(t: TestScope) {
  const lines: string[] = []
  const exits: number[] = []
  const log = createLogger({
    service: 'gateway',
    instance: 'test',
    level: 'info',
    destination: { write: (line) => void lines.push(line) },
  })
  const lifecycle = createLifecycle({ log, exit: (code) => void exits.push(code) })
  t.teardown(async () => void (await lifecycle.close('the test is over')))
  return { lines, exits, parts: { log, lifecycle } }
}

async function migrateFurther(pool: Pool): Promise<void> {
  await pool.query(`insert into kysely_migration values ('9999-from-the-future', now())`)
}

t.test('another schema is refused at once', async (t) => {
  const { pool } = await createDatabase(t)
  await migrateFurther(pool)
  await t.rejects(checkSchema(partsOf(t).parts, pool), /newer version of Portcullis/u)
})

t.test('a store that comes back is looked at then', async (t) => {
  const postgres = await startPostgres(t)
  const { pool } = await createDatabase(t, { server: postgres.connectionString })
  const good = partsOf(t)
  await postgres.stop()
  await checkSchema(good.parts, pool)
  await postgres.start()
  await waitFor(() => good.lines.some((line) => line.includes('works again')), {
    what: 'the check that succeeds',
    timeoutMs: 30_000,
  })
  t.same(good.exits, [])

  await migrateFurther(pool)
  const bad = partsOf(t)
  await postgres.stop()
  await checkSchema(bad.parts, pool)
  await postgres.start()
  await waitFor(() => bad.exits.length > 0, { what: 'the end', timeoutMs: 30_000 })
  t.same(bad.exits, [1])
  t.ok(bad.lines.some((line) => line.includes('newer version of Portcullis')))
})
