import type { EpochMs, GatewayRunId, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { isoOf } from '../record.ts'

/** A numbered batch of a gateway's run that was folded. */
export interface AppliedNumber {
  readonly run: GatewayRunId
  readonly number: number
  readonly recordedAt: EpochMs
}

/**
 * Records which numbers of which gateway runs have arrived. A number that a gateway accepted and that
 * is missing here for long was lost by a queue.
 */
export async function recordApplied(
  tx: Db,
  { project, shard }: { project: ProjectId; shard: number },
  applied: readonly AppliedNumber[],
): Promise<void> {
  if (applied.length === 0) return
  await tx.query({
    name: 'portcullis.record_applied',
    text: `insert into run_applied (project_id, run_id, shard, applied, last_recorded_at)
     select $1, run_id, $2, range_agg(int8range(number, number, '[]')), max(recorded_at)
     from unnest($3::uuid[], $4::bigint[], $5::timestamptz[]) as given (run_id, number, recorded_at)
     group by run_id
     on conflict (project_id, run_id, shard) do update
     set applied = run_applied.applied + excluded.applied,
       last_recorded_at = excluded.last_recorded_at`,
    values: [
      project,
      shard,
      applied.map((one) => one.run),
      applied.map((one) => one.number),
      applied.map((one) => isoOf(one.recordedAt)),
    ],
  })
}
