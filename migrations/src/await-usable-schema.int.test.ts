// Goal: a process that starts before its store waits for it, and only for that.
import { createDatabase, startPostgres, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { awaitUsableSchema } from './await-usable-schema.ts'

t.test('a store that is away is waited for, and a refusal is not', async (t) => {
  const postgres = await startPostgres(t)
  const { pool } = await createDatabase(t, { server: postgres.connectionString })
  const said: string[] = []
  const log = {
    warn: (_facts: object, message: string) => void said.push(message),
    info: (message: string) => void said.push(message),
  }
  const isAway = (error: unknown): boolean =>
    error instanceof Error && /ECONNREFUSED|terminat|starting up/u.test(String(error))
  await postgres.stop()
  const waiting = awaitUsableSchema(pool, { isAway, log })
  await waitFor(() => said.length > 0, { what: 'the warning' })
  await postgres.start()
  await waiting
  t.same(said, ['the store is away: waiting for it', 'the store is back'])
  await pool.query('truncate kysely_migration')
  await t.rejects(awaitUsableSchema(pool, { isAway, log }), /run `portcullis migrate`/u)
})
