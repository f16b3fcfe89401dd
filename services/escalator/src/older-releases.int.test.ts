// Goal: releases that the version before wrote are what the log says of them, and go on from there. Method: an event and
// a row as that version left them, then the newest migrations, then a command.
import {
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type EpochMs,
  type ServiceName,
  systemMeta,
  type VersionName,
} from '@portcullis/contracts'
import { appendEvents, inTransaction, releaseStream } from '@portcullis/event-log'
import { migrateToLatest } from '@portcullis/migrations'
import { findRelease, verifyProjections } from '@portcullis/projections'
import { createDatabase } from '@portcullis/testkit'
import t from 'tap'

import { accept, contextOn } from './fixtures.ts'
import { runOperations } from './run-operations.ts'

const SERVICE = 'shop' as ServiceName
const VERSION = '1.0' as VersionName
const AT = 1_795_000_000_000 as EpochMs
const KEY = { service: SERVICE, environment: DEFAULT_ENVIRONMENT, version: VERSION }

t.test('a release of the version before is as the log says, and goes on', async (t) => {
  const { pool } = await createDatabase(t, { migrated: false })
  await migrateToLatest(pool, '0007-policies')
  const told = { ...KEY, commit: 'abc', url: null, source: 'api', at: AT } as const
  const event = { type: 'release.announced', data: { ...told, labels: {} } } as const
  const streamId = releaseStream(SERVICE, DEFAULT_ENVIRONMENT)
  const pending = { streamId, version: 1, event, meta: systemMeta('system'), occurredAt: AT }
  await inTransaction(pool, (tx) => appendEvents(tx, DEFAULT_PROJECT, [pending]))
  await pool.query(
    `insert into releases (project_id, service, environment, release_version, commit, source, announced_at, position)
     values ($1, $2, $3, $4, 'abc', 'api', $5, 1)`,
    [DEFAULT_PROJECT, SERVICE, DEFAULT_ENVIRONMENT, VERSION, new Date(AT)],
  )
  await migrateToLatest(pool)
  t.strictSame((await verifyProjections(pool, DEFAULT_PROJECT)).differences, [])
  const id = await accept(pool, { type: 'finish_release', ...KEY, note: null })
  t.match(await runOperations(contextOn(pool), [id]), { decided: [id] })
  t.match(await findRelease(pool, DEFAULT_PROJECT, KEY), {
    commit: 'abc',
    labels: {},
    run: 1,
    life: { status: 'finished' },
  })
  t.strictSame((await verifyProjections(pool, DEFAULT_PROJECT)).differences, [])
})
