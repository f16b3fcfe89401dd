// Goal: a view knows which release is the newest at each position, whether it followed the log or was loaded there; and
// it learns of every release that changed. Method: a history of two services through the folds, looked at as it happens.
import {
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type EpochMs,
  type PrincipalId,
  type ReleaseEvent,
  type ServiceName,
  systemMeta,
  type VersionName,
} from '@portcullis/contracts'
import { inTransaction, releaseStream } from '@portcullis/event-log'
import { createDatabase } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t from 'tap'

import { appendAndFold } from '../append-and-fold.ts'
import { LiveLog } from '../live/live-log.ts'
import { RELEASES_CHANGED } from '../live/live-releases.ts'
import type { TableRecord } from '../read-model.ts'
import { streamVersion } from '../stream-version.ts'
import { releaseModel } from './model.ts'
import { newestReleases } from './query-newest.ts'
import { findRelease } from './query.ts'

const SHOP = 'shop' as ServiceName
const CART = 'cart' as ServiceName
const ANN = 'person_ann' as PrincipalId

type Happening = readonly [service: ServiceName, word: string, version: string, to?: string | null]

const HISTORY: readonly Happening[] = [
  [SHOP, 'announced', '1'],
  [SHOP, 'announced', '2'],
  [CART, 'announced', '7'],
  [SHOP, 'approved', '2'],
  [SHOP, 'promoted', '2'],
  [SHOP, 'rolled_back', '2', '1'],
  [SHOP, 'announced', '3'],
  [SHOP, 'aborted', '3'],
  [SHOP, 'rolled_back', '1', null],
]

/** The newest version of the shop, and of all services, at each position from 0 on. */
const NEWEST: readonly (readonly [shop: string | null, all: string | null])[] = [
  [null, null],
  ['1', '1'],
  ['2', '2'],
  ['2', '7'],
  ['2', '7'],
  ['2', '7'],
  ['1', '1'],
  ['3', '3'],
  ['1', '1'],
  [null, '7'],
]

function eventOf([service, word, name, to = null]: Happening, at: EpochMs): ReleaseEvent {
  const version = name as VersionName
  const release = { service, environment: DEFAULT_ENVIRONMENT, version }
  const told = { ...release, at, note: null }
  switch (word) {
    case 'announced': {
      const details = { commit: null, url: null, labels: {}, source: 'api' } as const
      return { type: 'release.announced', data: { ...release, ...details, at } }
    }
    case 'approved':
      return { type: 'release.approved', data: { ...told, by: ANN, role: 'ops_admin' } }
    case 'promoted':
      return { type: 'release.promoted', data: told }
    case 'aborted':
      return { type: 'release.aborted', data: told }
    default:
      return { type: 'release.rolled_back', data: { ...told, to: to as VersionName | null } }
  }
}

async function happen(pool: Pool, happening: Happening, at: EpochMs): Promise<void> {
  const streamId = releaseStream(happening[0], DEFAULT_ENVIRONMENT)
  await inTransaction(pool, async (tx) => {
    const version = (await streamVersion(tx, DEFAULT_PROJECT, streamId)) + 1
    const event = eventOf(happening, at)
    const pending = { streamId, version, event, meta: systemMeta('system'), occurredAt: at }
    await appendAndFold(tx, DEFAULT_PROJECT, [pending])
  })
}

/** The version of the newest release, as a view says it. */
function newestIn({ releases }: LiveLog, service: ServiceName | null): string | null {
  return releases.newest({ service, environment: DEFAULT_ENVIRONMENT })?.version ?? null
}

t.test('the newest version is that of the position, followed or loaded', async (t) => {
  const { pool } = await createDatabase(t)
  const following = new LiveLog()
  for (const [position, [shop, all]] of NEWEST.entries()) {
    const loaded = new LiveLog()
    for (const log of [following, loaded]) {
      await log.follow(pool, DEFAULT_PROJECT)
      t.equal(log.position, position)
      t.equal(newestIn(log, SHOP), shop, `at ${position}`)
      t.equal(newestIn(log, null), all, `at ${position}, of all services`)
    }
    const next = HISTORY[position]
    if (next !== undefined) await happen(pool, next, ((position + 1) * 1_000) as EpochMs)
  }
})

t.test('every release that changed after a position is told, whatever became of it', async (t) => {
  const { pool } = await createDatabase(t)
  for (const [nth, happening] of HISTORY.entries()) {
    await happen(pool, happening, ((nth + 1) * 1_000) as EpochMs)
  }
  const since = async (position: number) => {
    const { rows } = await pool.query<{ changed: TableRecord[] | null }>(
      `select (${RELEASES_CHANGED}) as changed`,
      [DEFAULT_PROJECT, position],
    )
    return (rows[0]!.changed ?? [])
      .map((record) => releaseModel.fromRecord(record))
      .map(({ service, version, life }) => `${service} ${version} ${life.status}`)
      .toSorted()
  }
  const all = ['cart 7 running', 'shop 1 rolled_back', 'shop 2 rolled_back', 'shop 3 aborted']
  t.same(await since(0), all)
  t.same(await since(5), all.slice(1))
  t.same(await since(7), ['shop 1 rolled_back', 'shop 3 aborted'])
  t.same(await since(9), [])
  const version = '2' as VersionName
  const key = { service: SHOP, environment: DEFAULT_ENVIRONMENT, version }
  t.match(await findRelease(pool, DEFAULT_PROJECT, key), {
    run: 1,
    at: 2_000,
    life: { status: 'rolled_back', since: 6_000, to: '1' },
    approvals: [{ by: ANN, role: 'ops_admin', at: 4_000 }],
    position: 6,
  })
  const newest = await newestReleases(pool, DEFAULT_PROJECT, {
    service: null,
    environment: DEFAULT_ENVIRONMENT,
    after: null,
  })
  t.same(
    newest.map(({ service, version: shown }) => `${service} ${shown}`),
    ['cart 7'],
  )
})
