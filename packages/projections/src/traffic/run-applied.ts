import type { EpochMs, GatewayRunId, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { isoOf } from '../record.ts'

/** A batch as a gateway's run numbered it. */
export interface BatchNumber {
  readonly run: GatewayRunId
  readonly number: number
}

/** A numbered batch that was folded. */
export interface AppliedNumber extends BatchNumber {
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

/**
 * Returns for each of the given numbers whether its batch was folded, for as long as batches are kept:
 * far longer than their ids are.
 */
export async function areApplied(
  db: Db,
  { project, shard }: { project: ProjectId; shard: number },
  numbers: readonly BatchNumber[],
): Promise<boolean[]> {
  const { rows } = await db.query<{ applied: boolean }>({
    name: 'portcullis.are_applied',
    text: `select coalesce(run_applied.applied @> given.number, false) as applied
     from unnest($3::uuid[], $4::bigint[]) with ordinality as given (run_id, number, nth)
     left join run_applied on run_applied.project_id = $1 and run_applied.shard = $2
       and run_applied.run_id = given.run_id
     order by given.nth`,
    values: [project, shard, numbers.map((one) => one.run), numbers.map((one) => one.number)],
  })
  return rows.map((row) => row.applied)
}
