import { Kysely, PostgresDialect, type PostgresPool, sql } from 'kysely'
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
import { assertServerIsUsable } from './assert-server-is-usable.ts'

/**
 * Every migration, in order. A landed one is never changed: running installations have it already.
 * A new one must let the code of the version before it run beside the new code: add columns with
 * defaults and new tables; remove what is unused one version later.
 */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
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

/** Oldest migration with which this code still runs beside code of the version before. */
export const COMPATIBLE_FROM = '0011-verdict-notifications'

/**
 * Brings the schema to the newest version, or to `target`. Processes that start together wait for
 * one another under an advisory lock.
 *
 * Throws when the server cannot be used, and when the database holds a migration that this code does
 * not know: a newer version was here, and going on could damage what it wrote.
 */
export async function migrateToLatest(pool: Pool, target?: string): Promise<void> {
  await assertServerIsUsable(pool)
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: unendable(pool) }) })
  try {
    await refuseNewerSchema(db)
    const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } })
    const { error } =
      target === undefined ? await migrator.migrateToLatest() : await migrator.migrateTo(target)
    if (error !== undefined)
      throw new Error('The database could not be migrated.', { cause: error })
  } finally {
    await db.destroy()
  }
}

/** Throws a sentence unless server and schema are such that this code can run on them. */
export async function assertSchemaIsUsable(pool: Pool): Promise<void> {
  await assertServerIsUsable(pool)
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: unendable(pool) }) })
  try {
    await refuseNewerSchema(db)
    const names = await appliedMigrations(db)
    if (!names.includes(COMPATIBLE_FROM)) {
      throw new Error('The database has no schema of this version yet: run `portcullis migrate`.')
    }
  } finally {
    await db.destroy()
  }
}

async function refuseNewerSchema(db: Kysely<unknown>): Promise<void> {
  const unknown = (await appliedMigrations(db)).filter((name) => !(name in MIGRATIONS))
  if (unknown.length > 0) {
    throw new Error(
      `The database was migrated by a newer version of Portcullis (it has ${unknown.join(', ')}). ` +
        'Run that version or a newer one; this one must not touch it.',
    )
  }
}

async function appliedMigrations(db: Kysely<unknown>): Promise<string[]> {
  const { rows: tables } = await sql<{ found: boolean }>`
    select to_regclass('kysely_migration') is not null as found`.execute(db)
  if (tables[0]?.found !== true) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db)
  return rows.map((row) => row.name)
}

/** The pool is the caller's: Kysely's `destroy` must not end it. */
function unendable(pool: Pool): PostgresPool {
  return { connect: () => pool.connect(), end: async () => {}, options: pool.options }
}
