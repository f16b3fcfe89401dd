import type { EnvironmentName, EpochMs, ProjectId, ServiceName } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { isoOf } from '../record.ts'

/** Which row of `route_buckets`: one service, environment and 10-second bucket. */
export interface BucketKey {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly bucketStart: EpochMs
}

/** A row of `route_buckets`: all routes and versions of its bucket, packed (domain, window). */
export interface BucketRow extends BucketKey {
  readonly observations: number
  readonly cells: Uint8Array
}

interface ShardScope {
  readonly project: ProjectId
  readonly shard: number
}

interface StoredBucket {
  [column: string]: unknown
  readonly bucket_start: Date
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly observations: string
  readonly cells: Buffer
}

/** Loads the buckets of a shard that start at `since` or later. */
export async function loadBucketsSince(
  db: Db,
  { project, shard }: ShardScope,
  since: EpochMs,
): Promise<BucketRow[]> {
  const { rows } = await db.query<StoredBucket>(
    `select bucket_start, service, environment, observations, cells from route_buckets
     where project_id = $1 and shard = $2 and bucket_start >= $3`,
    [project, shard, isoOf(since)],
  )
  return rows.map(bucketOf)
}

/** Loads given buckets; those that do not exist are absent. */
export async function loadBuckets(
  db: Db,
  { project, shard }: ShardScope,
  keys: readonly BucketKey[],
): Promise<BucketRow[]> {
  if (keys.length === 0) return []
  const { rows } = await db.query<StoredBucket>(
    `select bucket_start, service, environment, observations, cells
     from unnest($3::timestamptz[], $4::text[], $5::text[])
       as wanted (bucket_start, service, environment)
     join route_buckets using (bucket_start, service, environment)
     where project_id = $1 and shard = $2`,
    [
      project,
      shard,
      keys.map((key) => isoOf(key.bucketStart)),
      keys.map((key) => key.service),
      keys.map((key) => key.environment),
    ],
  )
  return rows.map(bucketOf)
}

/** Inserts or replaces buckets, whole. */
export async function saveBuckets(
  tx: Db,
  { project, shard }: ShardScope,
  buckets: readonly BucketRow[],
): Promise<void> {
  if (buckets.length === 0) return
  await tx.query({
    name: 'portcullis.save_buckets',
    text: `insert into route_buckets
       (project_id, shard, bucket_start, service, environment, observations, cells)
     select $1, $2, bucket_start, service, environment, observations, cells
     from unnest($3::timestamptz[], $4::text[], $5::text[], $6::bigint[], $7::bytea[])
       as given (bucket_start, service, environment, observations, cells)
     on conflict (project_id, shard, bucket_start, service, environment)
     do update set observations = excluded.observations, cells = excluded.cells`,
    values: [
      project,
      shard,
      buckets.map((bucket) => isoOf(bucket.bucketStart)),
      buckets.map((bucket) => bucket.service),
      buckets.map((bucket) => bucket.environment),
      buckets.map((bucket) => bucket.observations),
      buckets.map((bucket) => bucket.cells),
    ],
  })
}

function bucketOf(row: StoredBucket): BucketRow {
  return {
    service: row.service,
    environment: row.environment,
    bucketStart: row.bucket_start.getTime() as EpochMs,
    observations: Number(row.observations),
    cells: row.cells,
  }
}
