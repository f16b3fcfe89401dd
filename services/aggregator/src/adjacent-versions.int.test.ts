// Goal: two adjacent versions run side by side, so that an upgrade needs no pause. Method: the
// present code folds, alarms and opens incidents on the schema of the version before it, goes on
// while the newest migrations run, and in the end everything is what the log says.
import { DEFAULT_PROJECT } from '@portcullis/contracts'
import { assertSchemaIsUsable, COMPATIBLE_FROM, migrateToLatest } from '@portcullis/migrations'
import { verifyProjections } from '@portcullis/projections'
import { createDatabase } from '@portcullis/testkit'
import t from 'tap'

import { batchOf, folderOn, observationsIn } from './fixtures/shard.ts'

t.test('the present code works on the schema of the version before it', async (t) => {
  const { pool } = await createDatabase(t, { migrated: false })
  await migrateToLatest(pool, COMPATIBLE_FROM)
  await t.resolves(assertSchemaIsUsable(pool))
  const folder = folderOn(pool)
  await folder.fold([batchOf({ requests: 10, errors: 5 })])
  t.strictSame((await verifyProjections(pool, DEFAULT_PROJECT)).differences, [])
  const migrating = migrateToLatest(pool)
  while (!(await isMigrated())) await folder.fold([batchOf({ requests: 10 })])
  await migrating
  await folder.fold([batchOf({ requests: 10 })])
  t.equal((await observationsIn(pool)) % 10, 0)
  t.ok((await observationsIn(pool)) >= 20)
  t.strictSame((await verifyProjections(pool, DEFAULT_PROJECT)).differences, [])

  async function isMigrated(): Promise<boolean> {
    const { rows } = await pool.query('select max(name) as newest from kysely_migration')
    return rows[0].newest > COMPATIBLE_FROM
  }
})
