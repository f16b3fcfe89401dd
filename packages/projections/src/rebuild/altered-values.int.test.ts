// Goal: whatever value of whatever projection somebody alters, verification finds it. Method: fill
// every projection through the folds, then alter one value in every column that the catalogue knows,
// verify, and put it back.
// Seen to catch: a table that is left out of the comparison, a column that is left out of a fold.
import {
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type DomainEvent,
  type EpochMs,
  type GatewayRunId,
  type KeyId,
  type KindName,
  type LogPosition,
  type PolicyName,
  type PolicyVersion,
  type PrincipalId,
  type RouteName,
  type ServiceName,
  type ShardSeq,
  systemMeta,
  type VersionName,
  type WaiverId,
} from '@portcullis/contracts'
import { foldObservations, packBatch } from '@portcullis/domain'
import {
  alarmStream,
  incidentIdOf,
  incidentStream,
  inTransaction,
  keyStream,
  lossStream,
  policyStream,
  releaseStream,
  verdictStream,
  waiverStream,
} from '@portcullis/event-log'
import { createDatabase } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t from 'tap'

import { appendAndFold } from '../append-and-fold.ts'
import { appendBatches, lockShard, type MetricBatch } from '../traffic/batches.ts'
import { saveBuckets } from '../traffic/bucket-rows.ts'
import { compactMinutes } from '../traffic/minutes.ts'
import { touchRoutes } from '../traffic/routes.ts'
import { recordApplied } from '../traffic/run-applied.ts'
import { bucketRowOf, foldInto, type Windows } from '../traffic/windows.ts'
import { projectionTables } from './tables.ts'
import { verifyProjections } from './verify.ts'

const PROJECT = DEFAULT_PROJECT
const SHOP = { service: 'shop' as ServiceName, environment: DEFAULT_ENVIRONMENT }
const ROUTE = 'GET /cart' as RouteName
const RUN = '0199aaaa-0000-7000-8000-000000000001' as GatewayRunId
const KEY = 'key_1' as KeyId
const WAIVER = '0199aaaa-0000-7000-8000-0000000000aa' as WaiverId
const SHARD = { project: PROJECT, shard: 2 }

/** One event of each kind that a projection is folded from. */
async function fillEvents(pool: Pool, now: EpochMs): Promise<void> {
  const scope = { ...SHOP, route: ROUTE, kind: 'error_rate' as KindName }
  const id = incidentIdOf(PROJECT, scope)
  const heads = { log: 0 as LogPosition, metrics: [0 as ShardSeq] }
  const by = 'person_1' as PrincipalId
  const events: readonly [
    stream: ReturnType<typeof incidentStream>,
    version: number,
    DomainEvent,
  ][] = [
    [
      alarmStream(id),
      1,
      {
        type: 'alarm.raised',
        data: { scope, severity: 'critical', since: now, evidence: { a: 1 } },
      },
    ],
    [alarmStream(id), 2, { type: 'alarm.cleared', data: { at: now, evidence: { a: 2 } } }],
    [
      incidentStream(id),
      1,
      {
        type: 'incident.opened',
        data: {
          ...{ scope, opening: 1, severity: 'critical', firstSeen: now, owner: by, hint: 'look' },
          ...{ evidence: { a: 1 }, note: null, nextDueAt: now, notify: ['log'] },
        },
      },
    ],
    [
      incidentStream(id),
      2,
      {
        type: 'incident.escalated',
        data: { level: 1, escalatedAt: now, nextDueAt: now, notify: [] },
      },
    ],
    [
      incidentStream(id),
      3,
      { type: 'incident.snoozed', data: { until: now, note: null, nextDueAt: now } },
    ],
    [
      verdictStream(SHOP.service, SHOP.environment),
      1,
      {
        type: 'verdict.changed',
        data: {
          ...{ ...SHOP, outcome: 'fail', pass: false, reasons: ['x'], asOf: now, heads },
          ...{ previous: { outcome: 'pass', pass: true }, notify: ['webhook'] },
          policies: [
            {
              ...{ policy: 'shop' as PolicyName, version: 'ab'.repeat(32) as PolicyVersion },
              ...{ mode: 'enforce', outcome: 'fail', pass: false, passingSince: null, tried: {} },
            },
          ],
        },
      },
    ],
    [
      policyStream('ReleasePolicy', 'shop' as PolicyName),
      1,
      {
        type: 'policy.applied',
        data: {
          kind: 'ReleasePolicy',
          name: 'shop' as PolicyName,
          version: 'ab'.repeat(32) as PolicyVersion,
          document: { kind: 'ReleasePolicy' },
        },
      },
    ],
    [
      waiverStream(WAIVER),
      1,
      {
        type: 'waiver.granted',
        data: {
          ...{ waiverId: WAIVER, ...SHOP, version: '1' as VersionName, needsSecond: true },
          ...{ policies: ['shop' as PolicyName], rules: ['alarm'], until: now },
          reason: { by, sealed: 'c2VhbGVk' },
        },
      },
    ],
    [waiverStream(WAIVER), 2, { type: 'waiver.approved', data: { waiverId: WAIVER } }],
    [waiverStream(WAIVER), 3, { type: 'waiver.revoked', data: { waiverId: WAIVER } }],
    [
      releaseStream(SHOP.service, SHOP.environment),
      1,
      {
        type: 'release.announced',
        data: {
          ...SHOP,
          version: '1' as VersionName,
          commit: 'c',
          labels: { tier: 'gold' },
          url: 'u',
          source: 'api',
          at: now,
        },
      },
    ],
    [
      releaseStream(SHOP.service, SHOP.environment),
      2,
      {
        type: 'release.approved',
        data: { ...SHOP, version: '1' as VersionName, at: now, note: null, by, role: 'ops_admin' },
      },
    ],
    [
      releaseStream(SHOP.service, SHOP.environment),
      3,
      {
        type: 'release.rolled_back',
        data: { ...SHOP, version: '1' as VersionName, at: now, note: null, to: null },
      },
    ],
    [
      keyStream(KEY),
      1,
      {
        type: 'access.key_created',
        data: {
          keyId: KEY,
          role: 'ci',
          scopes: ['guard:read'],
          secretHash: 'a'.repeat(64),
          expiresAt: now,
        },
      },
    ],
    [keyStream(KEY), 2, { type: 'access.key_revoked', data: { keyId: KEY } }],
    [
      lossStream(RUN, 0, 1),
      1,
      {
        type: 'metrics.lost',
        data: { run: RUN, shard: 0, fromNumber: 1, toNumber: 2, since: now, until: now },
      },
    ],
  ]
  const pending = events.map(([streamId, version, event]) => ({
    streamId,
    version,
    event,
    meta: systemMeta('system'),
    occurredAt: now,
  }))
  await inTransaction(pool, (tx) => appendAndFold(tx, PROJECT, pending))
}

/** One batch, as the aggregator folds it. */
async function fillTraffic(pool: Pool): Promise<EpochMs> {
  return inTransaction(pool, async (tx) => {
    const { now } = await lockShard(tx, PROJECT, SHARD.shard)
    const cells = foldObservations([{ route: ROUTE, status: 200, durationMs: 5, at: now }])
    const version = '1' as VersionName
    const batch: MetricBatch = {
      ...{ owner: 'key_1' as PrincipalId, batchId: 'b', run: RUN, number: 1, ...SHOP, version },
      ...{ receivedAt: now, observations: 1, cells: packBatch(cells) },
    }
    const windows: Windows = new Map()
    foldInto(windows, { ...SHOP, version, cells })
    const keys = [...cells.keys()].map((bucketStart) => ({ ...SHOP, bucketStart }))
    await saveBuckets(
      tx,
      SHARD,
      keys.map((key) => bucketRowOf(windows, key)),
    )
    const { recordedAt } = await appendBatches(tx, SHARD, [batch])
    await touchRoutes(tx, PROJECT, { seen: [{ ...SHOP, routes: [ROUTE] }], recordedAt })
    await recordApplied(tx, SHARD, [{ ...batch, recordedAt }])
    await compactMinutes(tx, PROJECT, { shard: SHARD.shard, through: Infinity })
    return now
  })
}

/** SQL for another value than the one that a column of a type holds. */
const OTHER_VALUE: Readonly<Record<string, (column: string) => string>> = {
  text: (column) => `coalesce(${column}, '') || 'x'`,
  uuid: () => 'gen_random_uuid()',
  boolean: (column) => `not ${column}`,
  smallint: (column) => `${column} + 100`,
  integer: (column) => `${column} + 1`,
  bigint: (column) => `${column} + 1`,
  date: (column) => `${column} + 1`,
  'timestamp with time zone': (column) =>
    `coalesce(${column}, '2020-01-01'::timestamptz) + interval '1 millisecond'`,
  bytea: (column) =>
    `set_byte(${column}, length(${column}) - 1, get_byte(${column}, length(${column}) - 1) # 1)`,
  jsonb: (column) => `jsonb_build_object('altered', ${column})`,
  'text[]': (column) => `${column} || array['x']`,
  int8multirange: (column) => `${column} + '{[1000,1001)}'::int8multirange`,
}

t.setTimeout(300_000)

t.test('a value that is altered in any column of any projection is found', async (t) => {
  const { pool } = await createDatabase(t)
  await fillEvents(pool, await fillTraffic(pool))
  t.strictSame((await verifyProjections(pool, PROJECT)).differences, [])
  const { rows: columns } = await pool.query<{ table: string; column: string; type: string }>(
    `select relname as table, attname as column, format_type(atttypid, null) as type
     from pg_attribute join pg_class on pg_class.oid = attrelid
     where relnamespace = 'public'::regnamespace and relname = any($1) and attnum > 0
       and not attisdropped order by relname, attnum`,
    [projectionTables.map((one) => one.table)],
  )
  t.ok(columns.length > 100, `${columns.length} columns`)
  for (const { table } of projectionTables) {
    await pool.query(`create table kept_${table} as table ${table}`)
  }
  for (const { table, column, type } of columns) {
    const other = OTHER_VALUE[type]
    if (other === undefined) throw new Error(`no other value of type ${type} is known`)
    const altered = await pool.query(
      `update ${table} set ${column} = ${other(column)}
       where ctid = (select ctid from ${table} order by ctid limit 1)`,
    )
    t.equal(altered.rowCount, 1, `${table}.${column} is altered`)
    const { differences } = await verifyProjections(pool, PROJECT)
    t.ok(
      differences.some((one) => one.table === table),
      `${table}.${column} is found`,
    )
    await pool.query(`delete from ${table}`)
    await pool.query(`insert into ${table} table kept_${table}`)
  }
  t.strictSame((await verifyProjections(pool, PROJECT)).differences, [])
})
