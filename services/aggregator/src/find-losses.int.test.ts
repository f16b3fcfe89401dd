// What a gateway accepted and no queue holds any more is missed, whatever other ledgers look like.
import { DEFAULT_PROJECT, type EpochMs, type GatewayRunId } from '@portcullis/contracts'
import { inTransaction } from '@portcullis/event-log'
import { appendAndFold } from '@portcullis/projections'
import { createDatabase } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t from 'tap'

import { findLosses, type NumberRange } from './find-losses.ts'
import { voidDuplicates } from './void-duplicates.ts'

const RUN = '01a20af4-a1a6-7afb-8fba-f43724ae0faf' as GatewayRunId
const DEAD_RUN = '01a20af4-a1a6-7afb-8fba-f43724ae0fff' as GatewayRunId
const SHARD = 2

async function accept(pool: Pool, run: GatewayRunId, acceptedTo: number, age: string) {
  await pool.query(
    `insert into gateway_ledger (project_id, run_id, shard, accepted_to, voided, written_at)
     values ($1, $2, $3, $4, '{}', now() - $5::interval)`,
    [DEFAULT_PROJECT, run, SHARD, acceptedTo, age],
  )
}

async function apply(pool: Pool, run: GatewayRunId, numbers: string) {
  await pool.query(
    `insert into run_applied (project_id, run_id, shard, applied, last_recorded_at)
     values ($1, $2, $3, $4, now())`,
    [DEFAULT_PROJECT, run, SHARD, numbers],
  )
}

type HeldOf = (range: NumberRange) => Promise<NumberRange[]>

const nothing: HeldOf = async () => []

/** What some jobs hold, of whatever is asked for. */
const held =
  (...ranges: [from: number, to: number][]): HeldOf =>
  async (asked) =>
    ranges.map(([from, to]) => ({ ...asked, from, to }))

const lossesOf = async (pool: Pool, heldOf: HeldOf = nothing) =>
  (await findLosses(pool, DEFAULT_PROJECT, heldOf)).map(({ event }) => event.data)

t.test('numbers that were accepted and never arrived are lost, once', async (t) => {
  const { pool } = await createDatabase(t)
  await accept(pool, RUN, 9, '20 seconds')
  await apply(pool, RUN, '{[1,4),[6,8)}')
  const expected = [
    { run: RUN, shard: SHARD, fromNumber: 4, toNumber: 5 },
    { run: RUN, shard: SHARD, fromNumber: 8, toNumber: 9 },
  ]
  t.match(await lossesOf(pool), expected)
  t.match(await lossesOf(pool, held([4, 5])), [expected[1]!], 'a job holds it')
  const foldedMeanwhile: HeldOf = async () => {
    await pool.query(`update run_applied set applied = applied + '{[8,10)}'`)
    return []
  }
  t.match(await lossesOf(pool, foldedMeanwhile), [expected[0]!])
  await pool.query(`update run_applied set applied = applied - '{[8,10)}'`)
  const losses = await findLosses(pool, DEFAULT_PROJECT, nothing)
  await inTransaction(pool, (tx) => appendAndFold(tx, DEFAULT_PROJECT, losses))
  t.strictSame(await lossesOf(pool), [])
})

t.test('a job that stays, a parked one, hides no loss beside it', async (t) => {
  const { pool } = await createDatabase(t)
  await accept(pool, RUN, 9, '20 seconds')
  await apply(pool, RUN, '{[1,3)}')
  const losses = await lossesOf(pool, held([5, 5], [9, 9]))
  t.match(losses, [
    { run: RUN, fromNumber: 3, toNumber: 4 },
    { run: RUN, fromNumber: 6, toNumber: 8 },
  ])
  t.equal(losses.length, 2)
})

t.test('what was accepted a moment ago may be on its way', async (t) => {
  const { pool } = await createDatabase(t)
  await accept(pool, RUN, 3, '2 seconds')
  t.strictSame(await lossesOf(pool), [])
})

t.test('a run of which only duplicates are known hides no loss of another one', async (t) => {
  const { pool } = await createDatabase(t)
  const now = Date.now() as EpochMs
  const duplicates = [{ run: DEAD_RUN, number: 7 }]
  await voidDuplicates(pool, { project: DEFAULT_PROJECT, shard: SHARD }, { duplicates, now })
  await accept(pool, RUN, 1, '20 seconds')
  t.match(await lossesOf(pool), [{ run: RUN, fromNumber: 1, toNumber: 1 }])
})
