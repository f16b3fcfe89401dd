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

/** Finds the horizons, as the session's snapshot has it. */
export async function findHorizons(session: Db, project: ProjectId): Promise<Horizons> {
  const { rows } = await session.query<{
    newest: number
    oldest: number | null
    first: number | null
  }>(
    `select epoch_ms(max(recorded_at))::float8 as newest,
       (select epoch_ms(min(recorded_at))::float8 from metric_batches where project_id = $1) as oldest,
       (select max(first)::float8 from (select min(seq) as first from metric_batches
          where project_id = $1 group by shard) as firsts) as first
     from shard_heads where project_id = $1`,
    [project],
  )
  const { newest, oldest, first } = rows[0]!
  const wasDropped = first !== null && first > 1
  return {
    buckets: (newest - BUCKETS_COMPARED_MS) as EpochMs,
    batches: (wasDropped ? (oldest ?? 0) + LATE_MS_MAX : 0) as EpochMs,
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
    where: 'last_day >= $2::date',
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
