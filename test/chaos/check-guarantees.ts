import { waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'

import { askGuard } from '../e2e/system/guard.ts'
import type { System } from '../e2e/system/start-system.ts'
import { type Batch, countedObservations, foldedTimes } from '../e2e/system/traffic.ts'

const SETTLED_WITHIN_MS = 120_000

/** What a run accepted, and which part of that Redis may have lost. */
export interface Accepted {
  readonly batches: readonly Batch[]
  readonly losable: readonly Batch[]
}

/** Waits until nothing is left to do; work whose worker died is taken up when its lease ends. */
export async function settle(
  { database, gateways }: System,
  { batches, losable }: Accepted,
): Promise<void> {
  const { pool } = database
  const isDone = async (): Promise<boolean> => {
    // Leases of dead notifiers end, and days of retries go by.
    await pool.query(
      `update outbox set next_attempt_at = clock_timestamp() - interval '1 second'
       where next_attempt_at > clock_timestamp()`,
    )
    const { rows } = await pool.query<{ left: number }>(
      `select ((select count(*) from outbox) + (select count(*) from commands where status = 'waiting')
         + (select count(*) from timers where due_at < clock_timestamp()))::int as left`,
    )
    const lost = new Set(losable.map(({ id }) => id))
    const certain = batches.filter(({ id }) => !lost.has(id))
    const missing = certain.length - (await foldedTimes(pool, certain)).size
    if (missing + rows[0]!.left === 0) return true
    throw new Error(`${missing} batches and ${rows[0]!.left} other things are not done`)
  }
  await waitFor(isDone, {
    what: 'a system with nothing left to do',
    timeoutMs: SETTLED_WITHIN_MS,
    pollMs: 1_000,
  })
  for (const gateway of gateways) {
    await waitFor(async () => (await askGuard(gateway, { environment: 'quiet' })).status === 200, {
      what: `a guard of ${gateway.process.name} that passes again`,
      timeoutMs: SETTLED_WITHIN_MS,
      pollMs: 100,
    })
  }
}

/**
 * Returns what broke guarantees 1 and 2 for batches: counted more or less often than once; and of those
 * that Redis may have lost, lost without a word.
 */
export async function batchFaults(pool: Pool, accepted: Accepted): Promise<string[]> {
  const times = await foldedTimes(pool, accepted.batches)
  return [
    ...wrongTimes(accepted, times),
    ...(await wrongSums(
      pool,
      accepted.batches.filter(({ id }) => times.has(id)),
    )),
    ...(await wrongLosses(pool, accepted, times)),
  ]
}

function wrongTimes({ batches, losable }: Accepted, times: ReadonlyMap<string, number>): string[] {
  const mayBeLost = new Set(losable.map(({ id }) => id))
  return batches
    .map(({ id }) => ({ id, count: times.get(id) ?? 0 }))
    .filter(({ id, count }) => count > 1 || (count === 0 && !mayBeLost.has(id)))
    .map(({ id, count }) => `Batch ${id} was folded ${count} times.`)
}

async function wrongSums(pool: Pool, folded: readonly Batch[]): Promise<string[]> {
  const sums = new Map<string, number>()
  for (const { service, observations } of folded) {
    sums.set(service, (sums.get(service) ?? 0) + observations)
  }
  const faults: string[] = []
  for (const [service, sent] of sums) {
    const counted = await countedObservations(pool, service)
    if (counted !== sent) faults.push(`Of ${service} ${counted} requests count, not ${sent}.`)
  }
  return faults
}

async function wrongLosses(
  pool: Pool,
  { losable }: Accepted,
  times: ReadonlyMap<string, number>,
): Promise<string[]> {
  const missing = losable.filter(({ id }) => !times.has(id)).length
  const { rows } = await pool.query<{ told: number }>(
    `select coalesce(sum((data ->> 'toNumber')::int - (data ->> 'fromNumber')::int + 1), 0)::int
       as told from events where type = 'metrics.lost'`,
  )
  const { told } = rows[0]!
  // A batch that was sent twice may have been lost once and folded once.
  if (told < missing) return [`${missing} batches were lost, and ${told} are told of.`]
  return losable.length === 0 && told > 0 ? [`${told} batches are called lost.`] : []
}

/** Each query returns a row for whatever is wrong, with a sentence in `fault`. */
const FAULTS: readonly string[] = [
  // A command is decided once: it has one event of a type, and none when it was refused.
  `select 'Command ' || (meta ->> 'commandId') || ' led to ' || count(*) || ' ' || type as fault
   from events where meta ->> 'commandId' is not null
   group by meta ->> 'commandId', type having count(*) > 1`,
  `select 'Refused command ' || command_id || ' led to ' || type as fault
   from commands join events on meta ->> 'commandId' = command_id::text where status = 'rejected'`,
  // Within an opening, a level is reached once, unless somebody gave the incident back.
  `select stream_id || ' reached level ' || level || ' twice' as fault from (
     select stream_id, type, data ->> 'level' as level, count(*) filter (where type <> 'incident.escalated')
       over (partition by stream_id order by version) as chapter
     from events where stream_id like 'incident-%') as steps
   where type = 'incident.escalated' group by stream_id, chapter, level having count(*) > 1`,
  // Incidents go on escalating: what they told just now may be on its way.
  `select 'Notification ' || notification_id || ' is ' || status as fault
   from notifications join events on events.position = event_position
   where status <> 'delivered' and events.recorded_at < clock_timestamp() - interval '5 seconds'`,
]

/** Returns what broke the guarantees, as far as the database and the receiver can tell. */
export async function recordedFaults(
  { database, receiver }: System,
  answeredKeys: readonly string[],
): Promise<string[]> {
  const { pool } = database
  const faults: string[] = []
  for (const query of FAULTS) {
    const { rows } = await pool.query<{ fault: string }>(query)
    faults.push(...rows.map((row) => row.fault))
  }
  const { rows: written } = await pool.query<{ key: string }>(
    'select idempotency_key as key from commands',
  )
  const keys = new Set(written.map((row) => row.key))
  faults.push(...answeredKeys.filter((key) => !keys.has(key)).map((key) => `${key} is gone.`))
  if (keys.size !== written.length) faults.push('A command was written twice.')

  const received = new Set(receiver.requests.map(({ headers }) => headers['webhook-id']))
  const { rows: told } = await pool.query<{ id: string }>(
    'select notification_id as id from notifications',
  )
  const known = new Set(told.map((row) => row.id))
  for (const { id } of told) if (!received.has(id)) faults.push(`${id} was never received.`)
  for (const id of received) if (!known.has(String(id))) faults.push(`${id} is in no event.`)
  return faults
}
