import { Kysely, PostgresDialect, type PostgresPool } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Pool } from 'pg'

import * as m0001 from './0001-log-and-metrics.ts'
import * as m0002 from './0002-projections.ts'
import * as m0003 from './0003-work.ts'
import * as m0004 from './0004-incidents-view.ts'
import * as m0005 from './0005-steering.ts'
import * as m0006 from './0006-incident-pages.ts'
import * as m0007 from './0007-policies.ts'
import * as m0008 from './0008-releases.ts'
import * as m0009 from './0009-waivers.ts'
import * as m0010 from './0010-verdict-pages.ts'
import * as m0011 from './0011-verdict-notifications.ts'
import type { MigrationName } from './schema-state.ts'

const MIGRATIONS: Readonly<Record<MigrationName, Migration>> = {
  '0001-log-and-metrics': m0001,
  '0002-projections': m0002,
  '0003-work': m0003,
  '0004-incidents-view': m0004,
  '0005-steering': m0005,
  '0006-incident-pages': m0006,
  '0007-policies': m0007,
  '0008-releases': m0008,
  '0009-waivers': m0009,
  '0010-verdict-pages': m0010,
  '0011-verdict-notifications': m0011,
}

/**
 * Runs what a database lacks, up to `target` or the newest. Processes that start together wait for one
 * another under an advisory lock.
 */
export async function runMigrations(pool: Pool, target: string | undefined): Promise<void> {
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: unendable(pool) }) })
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } })
    const { error } =
      target === undefined ? await migrator.migrateToLatest() : await migrator.migrateTo(target)
    if (error !== undefined)
      throw new Error('The database could not be migrated.', { cause: error })
  } finally {
    await db.destroy()
  }
}

/** The pool is the caller's: Kysely's `destroy` must not end it. */
function unendable(pool: Pool): PostgresPool {
  return { connect: () => pool.connect(), end: async () => {}, options: pool.options }
}
