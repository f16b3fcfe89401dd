import type { ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import type { WriteLedger } from '../routes/request-metrics/run-ledger.ts'

/**
 * Returns the writing of `gateway_ledger`: a row for each shard that has news. Writes of the same
 * second share a row, however many there are. The second is the database's, which reads it again, and
 * rounded up: nothing that is named was accepted later.
 */
export function ledgerIn(db: Db, projectId: ProjectId): WriteLedger {
  return async (run, entries) => {
    await db.query(
      `insert into gateway_ledger as ledger
         (project_id, run_id, shard, accepted_to, voided, written_at)
       select $1, $2, shard, accepted_to, voided::int8multirange,
         date_trunc('second', clock_timestamp()) + interval '1 second'
       from unnest($3::smallint[], $4::bigint[], $5::text[]) as given (shard, accepted_to, voided)
       on conflict (project_id, run_id, shard, written_at) do update set
         accepted_to = greatest(ledger.accepted_to, excluded.accepted_to),
         voided = ledger.voided + excluded.voided`,
      [
        projectId,
        run,
        entries.map(({ shard }) => shard),
        entries.map(({ acceptedTo }) => acceptedTo),
        entries.map(({ voided }) => multirangeOf(voided)),
      ],
    )
  }
}

/** Returns numbers as Postgres reads a multirange; it joins what is side by side. */
function multirangeOf(numbers: readonly number[]): string {
  return `{${numbers.map((number) => `[${number},${number}]`).join(',')}}`
}
