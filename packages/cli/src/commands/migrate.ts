import type { Db } from '@portcullis/event-log'
import { migrateToLatest } from '@portcullis/migrations'
import { migrateQueues, queueConfigOf } from '@portcullis/queues'

import { defineCommand } from '../command.ts'
import { EXIT } from '../exit.ts'
import { withDatabase } from '../store/with-store.ts'

export const migrate = defineCommand({
  name: 'migrate',
  summary: 'bring the database to the newest schema',
  details:
    'Safe to run again and by several at once. `npm start` does it by itself; where services run\n' +
    'on their own, run it before the new version starts.',
  run: async (cli) =>
    withDatabase(cli, async ({ pool, connectionString, config }) => {
      const before = await appliedMigrations(pool)
      await migrateToLatest(pool)
      const added = (await appliedMigrations(pool)).filter((name) => !before.includes(name))
      for (const name of added) cli.terminal.line(`Applied ${name}.`)
      const isInDatabase = queueConfigOf(config.storage, connectionString).kind === 'postgres'
      if (isInDatabase) await migrateQueues(connectionString)
      cli.terminal.line(
        isInDatabase
          ? 'The schema and that of the queues are up to date.'
          : 'The schema is up to date; the queues live in Redis.',
      )
      return EXIT.ok
    }),
})

async function appliedMigrations(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ found: boolean }>(
    `select to_regclass('kysely_migration') is not null as found`,
    [],
  )
  if (rows[0]?.found !== true) return []
  const applied = await db.query<{ name: string }>(
    'select name from kysely_migration order by name',
    [],
  )
  return applied.rows.map(({ name }) => name)
}
