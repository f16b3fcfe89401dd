import type { Pool } from 'pg'

import { assertServerIsUsable } from './assert-server-is-usable.ts'
import { appliedMigrations, MIGRATION_NAMES } from './schema-state.ts'

/**
 * Brings the schema to the newest version, or to `target`; does nothing when it is that already.
 *
 * Throws when the server cannot be used, and when the database holds a migration that this code does
 * not know: a newer version was here, and going on could damage what it wrote.
 */
export async function migrateToLatest(pool: Pool, target?: string): Promise<void> {
  await assertServerIsUsable(pool)
  const applied = await appliedMigrations(pool)
  if (target === undefined && MIGRATION_NAMES.every((name) => applied.has(name))) return
  // Loaded by whoever migrates alone: kysely's 257 modules were a sixth of the start of every process.
  const { runMigrations } = await import('./run-migrations.ts')
  await runMigrations(pool, target)
}
