import type {
  EnvironmentName,
  EpochMs,
  LogPosition,
  ProjectId,
  ServiceName,
  ShardSeq,
} from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import type { ShardHead } from '../traffic/batches.ts'

/** A service and environment of which a batch is parked: its windows cannot be believed. */
export interface ParkedService {
  /** Null where the parked batch does not tell. */
  readonly service: ServiceName | null
  readonly environment: EnvironmentName | null
}

/** Where everything stands, in one glance of the database. */
export interface HeadsLook {
  /** The database's present. */
  readonly now: EpochMs
  readonly log: { readonly position: LogPosition; readonly recordedAt: EpochMs }
  /** In the order of the shards. */
  readonly shards: readonly ShardHead[]
  /** When an aggregator was last heard of; null when never. */
  readonly aggregatorBeatAt: EpochMs | null
  readonly parked: readonly ParkedService[]
}

type Triple = readonly [shard: number, seq: number, recordedAt: number]

// Run for every look, so each connection plans it once: planning took longer than running it.
const HEADS = `select epoch_ms(date_trunc('milliseconds', clock_timestamp()))::float8 as present,
       head.position::float8, epoch_ms(head.recorded_at)::float8 as recorded_at,
       (select json_agg(json_build_array(shard, seq, epoch_ms(recorded_at)) order by shard)
        from shard_heads where project_id = $1) as shards,
       (select epoch_ms(max(beat_at))::float8 from worker_heartbeats
        where role = 'aggregator') as beat_at,
       (select coalesce(json_agg(distinct jsonb_build_object(
          'service', service, 'environment', environment)), '[]')
        from parked_jobs where project_id = $1 and queue like 'request-metrics-%') as parked
     from log_heads as head where head.project_id = $1`

/** Looks at the heads of the log and of every metric shard, in one statement. */
export async function lookAtHeads(db: Db, project: ProjectId): Promise<HeadsLook> {
  const { rows } = await db.query<{
    present: number
    position: number
    recorded_at: number
    shards: Triple[]
    beat_at: number | null
    parked: { service: ServiceName | null; environment: EnvironmentName | null }[]
  }>({ name: 'portcullis.heads', text: HEADS, values: [project] })
  const row = rows[0]
  if (row === undefined) throw new Error(`project ${project} has no log`)
  return {
    now: row.present as EpochMs,
    log: {
      position: row.position as LogPosition,
      recordedAt: row.recorded_at as EpochMs,
    },
    shards: row.shards.map(([shard, seq, recordedAt]) => ({
      shard,
      seq: seq as ShardSeq,
      recordedAt: recordedAt as EpochMs,
    })),
    aggregatorBeatAt: row.beat_at as EpochMs | null,
    parked: row.parked,
  }
}
