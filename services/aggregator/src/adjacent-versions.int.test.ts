// Goal: two adjacent versions run side by side, so that an upgrade needs no pause. Method: the
// present code folds, alarms, opens incidents and lists their notifications on the schema of the version before it, goes on
// while the newest migrations run, and in the end everything is what the log says.
import { DEFAULT_PROJECT } from '@portcullis/contracts'
import {
  assertSchemaIsUsable,
  COMPATIBLE_FROM,
  MIGRATION_NAMES,
  migrateToLatest,
} from '@portcullis/migrations'
import { recentNotifications, verifyProjections } from '@portcullis/projections'
import { createDatabase } from '@portcullis/testkit'
import t from 'tap'

import { batchOf, folderOn, observationsIn, SHOP } from './fixtures/shard.ts'

t.test('the present code works on the schema of the version before it', async (t) => {
  t.not(COMPATIBLE_FROM, MIGRATION_NAMES.at(-1), 'there is a version before')
  const { pool } = await createDatabase(t, { migrated: false })
  await migrateToLatest(pool, COMPATIBLE_FROM)
  await t.resolves(assertSchemaIsUsable(pool))
  const folder = folderOn(pool)
  await folder.fold([batchOf({ requests: 100, errors: 50 })])
  const notified = async () => {
    const asked = { filter: {}, after: null, limit: 10 }
    const found = await recentNotifications(pool, DEFAULT_PROJECT, asked)
    return [...new Set(found.map(({ service }) => service))]
  }
  t.strictSame(await notified(), [SHOP])
  t.strictSame((await verifyProjections(pool, DEFAULT_PROJECT)).differences, [])
  let isMigrated = false
  const migrating = migrateToLatest(pool).finally(() => {
    isMigrated = true
  })
  while (!isMigrated) await folder.fold([batchOf({ requests: 10 })])
  await migrating
  await folder.fold([batchOf({ requests: 10 })])
  t.equal((await observationsIn(pool)) % 10, 0)
  t.ok((await observationsIn(pool)) >= 110)
  t.strictSame(await notified(), [SHOP])
  t.strictSame((await verifyProjections(pool, DEFAULT_PROJECT)).differences, [])
})
