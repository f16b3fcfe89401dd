import { type EpochMs, type GatewayRunId, type ProjectId, systemMeta } from '@portcullis/contracts'
import { type Db, lossStream, type NewEvent } from '@portcullis/event-log'

/** Consecutive numbers that a gateway run gave to batches of a shard. */
export interface NumberRange {
  readonly run: GatewayRunId
  readonly shard: number
  readonly from: number
  readonly to: number
}

/** Numbered batches that a gateway accepted and that never arrived. */
interface Missing extends NumberRange {
  /** Between these instants they were accepted. */
  readonly since: EpochMs
  readonly until: EpochMs
}

/** What was accepted so long ago is looked for, where it is not folded yet. */
const LOST_AFTER_MS = 10_000

/**
 * Finds numbers that gateways accepted, by their ledgers, and that were neither folded nor voided nor
 * found missing before. `heldOf` tells which of some numbers a job holds, in any state.
 */
export async function findLosses(
  db: Db,
  project: ProjectId,
  heldOf: (range: NumberRange) => Promise<readonly NumberRange[]>,
): Promise<NewEvent[]> {
  const suspects = await missingNumbers(db, project, [])
  if (suspects.length === 0) return []
  const held: NumberRange[] = []
  for (const one of suspects) held.push(...(await heldOf(one)))
  // A job leaves its queue after its batches are folded: of what was folded by now, the tables say so.
  const missing = await missingNumbers(db, project, held)
  const wasLookedFor = (one: Missing) => suspects.some((suspect) => holds(suspect, one))
  return missing.filter(wasLookedFor).map(lossEvent)
}

function holds(outer: NumberRange, inner: NumberRange): boolean {
  const isSame = outer.run === inner.run && outer.shard === inner.shard
  return isSame && outer.from <= inner.from && outer.to >= inner.to
}

async function missingNumbers(
  db: Db,
  project: ProjectId,
  held: readonly NumberRange[],
): Promise<Missing[]> {
  const { rows } = await db.query<{
    run_id: GatewayRunId
    shard: number
    from_number: number
    to_number: number
    since: number | null
    until: number
  }>(
    `with ledger as (
       select run_id, shard, range_agg(voided_range) as voided,
         coalesce(max(accepted_to) filter (
           where written_at < clock_timestamp() - $2 * interval '1 millisecond'), 0) as accepted_to
       from gateway_ledger left join lateral unnest(voided) as voided_range on true
       where project_id = $1
       group by run_id, shard
     ), missing as (
       select ledger.run_id, ledger.shard,
         int8multirange(int8range(1, ledger.accepted_to + 1))
           - coalesce(ledger.voided, '{}') - coalesce(run_applied.applied, '{}')
           - coalesce((select range_agg(int8range(from_number, to_number, '[]')) from lost_batches
               where lost_batches.project_id = $1 and lost_batches.run_id = ledger.run_id
                 and lost_batches.shard = ledger.shard), '{}')
           - coalesce((select range_agg(int8range(from_number, to_number, '[]'))
               from unnest($3::uuid[], $4::int[], $5::bigint[], $6::bigint[])
                 as held (run_id, shard, from_number, to_number)
               where held.run_id = ledger.run_id and held.shard = ledger.shard), '{}') as numbers
       from ledger left join run_applied on run_applied.project_id = $1
         and run_applied.run_id = ledger.run_id and run_applied.shard = ledger.shard
     )
     select missing.run_id, missing.shard, lower(lost)::float8 as from_number,
       (upper(lost) - 1)::float8 as to_number,
       (select epoch_ms(max(written_at))::float8 from gateway_ledger as before
        where before.project_id = $1 and before.run_id = missing.run_id
          and before.shard = missing.shard and before.accepted_to < lower(lost)
          and before.accepted_to > 0) as since,
       (select epoch_ms(min(written_at))::float8 from gateway_ledger as after
        where after.project_id = $1 and after.run_id = missing.run_id
          and after.shard = missing.shard and after.accepted_to >= upper(lost) - 1) as until
     from missing, unnest(numbers) as lost
     where not isempty(numbers)`,
    [
      project,
      LOST_AFTER_MS,
      held.map((one) => one.run),
      held.map((one) => one.shard),
      held.map((one) => one.from),
      held.map((one) => one.to),
    ],
  )
  return rows.map((row) => ({
    run: row.run_id,
    shard: row.shard,
    from: row.from_number,
    to: row.to_number,
    since: (row.since ?? row.until - LOST_AFTER_MS) as EpochMs,
    until: row.until as EpochMs,
  }))
}

function lossEvent({ run, shard, from, to, since, until }: Missing): NewEvent {
  return {
    streamId: lossStream(run, shard, from),
    version: 1,
    event: {
      type: 'metrics.lost',
      data: { run, shard, fromNumber: from, toNumber: to, since, until },
    },
    meta: systemMeta('system'),
    occurredAt: until,
  }
}
