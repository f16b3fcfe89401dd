import type { Pool } from 'pg'

import { assertServerIsUsable } from './assert-server-is-usable.ts'

/**
 * Every migration, in order. A landed one is never changed: running installations have it already.
 * A new one must let the code of the version before it run beside the new code: add columns with
 * defaults and new tables; remove what is unused one version later.
 */
export const MIGRATION_NAMES = [
  '0001-log-and-metrics',
  '0002-projections',
  '0003-work',
  '0004-incidents-view',
  '0005-steering',
  '0006-incident-pages',
  '0007-policies',
  '0008-releases',
  '0009-waivers',
  '0010-verdict-pages',
  '0011-verdict-notifications',
] as const

export type MigrationName = (typeof MIGRATION_NAMES)[number]

/** Oldest migration with which this code still runs beside code of the version before. */
export const COMPATIBLE_FROM: MigrationName = '0009-waivers'

/** Throws a sentence unless server and schema are such that this code can run on them. */
export async function assertSchemaIsUsable(pool: Pool): Promise<void> {
  await assertServerIsUsable(pool)
  const names = await appliedMigrations(pool)
  if (!names.has(COMPATIBLE_FROM)) {
    throw new Error('The database has no schema of this version yet: run `portcullis migrate`.')
  }
}

/**
 * Returns the names of the migrations that a database has. Throws a sentence when one of them is not known:
 * a newer version was here, and going on could damage what it wrote.
 */
export async function appliedMigrations(pool: Pool): Promise<ReadonlySet<string>> {
  const { rows: tables } = await pool.query<{ found: boolean }>(
    `select to_regclass('kysely_migration') is not null as found`,
  )
  if (tables[0]?.found !== true) return new Set()
  const { rows } = await pool.query<{ name: string }>('select name from kysely_migration')
  const known: ReadonlySet<string> = new Set(MIGRATION_NAMES)
  const names = rows.map(({ name }) => name)
  const unknown = names.filter((name) => !known.has(name))
  if (unknown.length === 0) return new Set(names)
  throw new Error(
    `The database was migrated by a newer version of Portcullis (it has ${unknown.join(', ')}). ` +
      'Run that version or a newer one; this one must not touch it.',
  )
}
