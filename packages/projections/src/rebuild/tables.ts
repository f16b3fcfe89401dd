import { DAY_MS, type EpochMs, HOUR_MS, type ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { eventModels } from '../models.ts'
import type { ComparedTable } from './compare.ts'

/** Longest that a batch may come late, with room to spare (services/aggregator: seal-days). */
const LATE_MS_MAX = 3 * DAY_MS

/** Retention keeps buckets for two hours; half of that is certainly whole on both sides. */
const BUCKETS_COMPARED_MS = HOUR_MS

/** From when on the tables that are folded from batches can be compared. */
export interface Horizons {
  readonly buckets: EpochMs
  /** The oldest instant of which every batch is kept; 0 when none was ever dropped. */
  readonly batches: EpochMs
}

/**
 * Finds the horizons, as the session's snapshot has it. The heads tell how many batches there were:
 * a shard of which none is left has lost them all.
 */
export async function findHorizons(session: Db, project: ProjectId): Promise<Horizons> {
  const { rows } = await session.query<{
    present: number
    newest: number
    oldest: number | null
    was_dropped: boolean
  }>(
    `select epoch_ms(greatest(max(head.recorded_at), clock_timestamp()))::float8 as present,
       epoch_ms(max(head.recorded_at))::float8 as newest,
       epoch_ms(min(kept.recorded_at))::float8 as oldest,
       coalesce(bool_or(coalesce(kept.seq, head.seq + 1) > 1), false) as was_dropped
     from shard_heads as head left join lateral (
       select seq, recorded_at from metric_batches as batch
       where batch.project_id = head.project_id and batch.shard = head.shard
       order by batch.recorded_at, batch.seq limit 1) as kept on true
     where head.project_id = $1`,
    [project],
  )
  const { present, newest, oldest, was_dropped: wasDropped } = rows[0]!
  return {
    buckets: (present - BUCKETS_COMPARED_MS) as EpochMs,
    batches: (wasDropped ? (oldest ?? newest) + LATE_MS_MAX : 0) as EpochMs,
  }
}

/** A table with the horizon from which it is compared. */
export interface VerifiedTable extends ComparedTable {
  readonly horizon: keyof Horizons
}

/** Every projection there is, in an order in which they may be locked. */
export const projectionTables: readonly VerifiedTable[] = [
  ...eventModels.map(({ table, key }) => ({ table, key, horizon: 'batches' as const })),
  {
    table: 'route_buckets',
    key: ['shard', 'bucket_start', 'service', 'environment'],
    where: 'bucket_start >= $2',
    horizon: 'buckets',
  },
  {
    table: 'routes',
    key: ['service', 'environment', 'route'],
    where: "last_day >= ($2::timestamptz at time zone 'UTC')::date",
    horizon: 'batches',
  },
  {
    table: 'run_applied',
    key: ['run_id', 'shard'],
    where: 'last_recorded_at >= $2',
    horizon: 'batches',
  },
  {
    table: 'metric_minutes',
    key: ['service', 'environment', 'route', 'hour_start'],
    where: 'hour_start >= $2',
    horizon: 'batches',
  },
  { table: 'minute_heads', key: ['shard'], horizon: 'batches' },
]
