import type { EpochMs, GatewayRunId, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** A numbered batch that was folded before under another number. */
export interface DuplicateNumber {
  readonly run: GatewayRunId
  readonly number: number
}

/**
 * Writes numbers off in the gateways' ledgers: what they stand for was folded under another number,
 * because its sender repeated it after a doubt, perhaps through another gateway. Nothing will ever be
 * applied under them, and they must not be missed.
 */
export async function voidDuplicates(
  tx: Db,
  { project, shard }: { project: ProjectId; shard: number },
  { duplicates, now }: { duplicates: readonly DuplicateNumber[]; now: EpochMs },
): Promise<void> {
  if (duplicates.length === 0) return
  // Nothing is said about how far the run got (0): only its gateway knows.
  await tx.query(
    `insert into gateway_ledger as ledger
       (project_id, run_id, shard, accepted_to, voided, written_at)
     select $1, run_id, $2, 0, range_agg(int8range(number, number, '[]')), $5
     from unnest($3::uuid[], $4::bigint[]) as given (run_id, number) group by run_id
     on conflict (project_id, run_id, shard, written_at) do update
     set voided = ledger.voided + excluded.voided`,
    [
      project,
      shard,
      duplicates.map((one) => one.run),
      duplicates.map((one) => one.number),
      new Date(now),
    ],
  )
}
