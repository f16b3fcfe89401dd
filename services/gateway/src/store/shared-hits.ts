import { MINUTE_MS, type EpochMs } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import { createGroupCommit } from '@portcullis/queues'
import type { Clock } from '@portcullis/runtime'

/** How often something was done in the window that began with the first time, and when it ends. */
export interface Hits {
  readonly hits: number
  readonly leftMs: number
}

/** Counts one more hit of `key`. */
export type CountHit = (key: string, windowMs: number) => Promise<Hits>

interface Hit {
  readonly key: string
  readonly windowMs: number
}

/** How often a gateway clears away the counters of windows that are over. */
const CLEAR_EVERY_MS = 10 * MINUTE_MS
const HITS_PER_STATEMENT_MAX = 500

/**
 * Returns counters that all gateways share. Hits that arrive while a statement runs share the next one:
 * a busy caller costs a row a round trip, not a row a request. Postgres' clock counts, so that gateways
 * whose clocks differ agree.
 */
export function sharedHitsIn(db: Db, clock: Clock): CountHit {
  let clearedAt: EpochMs = clock.now()
  const run = async (hits: readonly Hit[]): Promise<Hits[]> => {
    if (clock.now() - clearedAt >= CLEAR_EVERY_MS) {
      clearedAt = clock.now()
      await db.query('delete from rate_limits where resets_at < clock_timestamp()')
    }
    return count(db, hits)
  }
  const group = createGroupCommit({
    run,
    isRetryable: () => true,
    itemsMax: HITS_PER_STATEMENT_MAX,
  })
  return (key, windowMs) => group.submit({ key, windowMs })
}

async function count(db: Db, hits: readonly Hit[]): Promise<Hits[]> {
  const byKey = Map.groupBy(hits, ({ key }) => key)
  // In key order, so that two gateways never wait for one another's rows.
  const keys = [...byKey.keys()].toSorted()
  const { rows } = await db.query<{ key: string; hits: number; left_ms: number }>(COUNT, [
    keys,
    keys.map((key) => byKey.get(key)!.length),
    keys.map((key) => byKey.get(key)![0]!.windowMs),
  ])
  const counted = new Map(rows.map((row) => [row.key, row]))
  // Those of one key share its row: each is told its own number, the first the lowest.
  const before = new Map(rows.map((row) => [row.key, row.hits - byKey.get(row.key)!.length]))
  return hits.map(({ key }) => {
    const nth = before.get(key)! + 1
    before.set(key, nth)
    return { hits: nth, leftMs: counted.get(key)!.left_ms }
  })
}

const COUNT = `
  insert into rate_limits as counter (key, hits, resets_at)
  select key, hits, clock_timestamp() + window_ms * interval '1 millisecond'
  from unnest($1::text[], $2::integer[], $3::float8[]) as given (key, hits, window_ms)
  on conflict (key) do update set
    hits = excluded.hits + case when counter.resets_at > clock_timestamp() then counter.hits else 0 end,
    resets_at = case when counter.resets_at > clock_timestamp() then counter.resets_at
      else excluded.resets_at end
  returning key, hits,
    greatest(0, extract(epoch from resets_at - clock_timestamp()) * 1000)::float8 as left_ms`
