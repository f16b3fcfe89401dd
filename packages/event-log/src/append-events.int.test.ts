import type { LogPosition, ProjectId } from '@portcullis/contracts'
import { createDatabase, waitFor } from '@portcullis/testkit'
import fc from 'fast-check'
import t from 'tap'

import { appendEvents, isStreamConflict, type NewEvent } from './append-events.ts'
import { append, AT, newEvent, PROJECT } from './fixtures.ts'
import { readEvents, readHead, readStream } from './read-events.ts'
import { inTransaction } from './transaction.ts'
import { verifyChain } from './verify-chain.ts'

t.test('what an append returns is what a read returns', async (t) => {
  const { pool } = await createDatabase(t)
  const appended = await append(
    pool,
    newEvent('a', 1, {
      event: { type: 'alarm.cleared', data: { at: AT, evidence: { 'é\u0001': '"\\\u2028🏰' } } },
    }),
    newEvent('b', 1),
  )
  t.same(await readEvents(pool, { project: PROJECT, after: 0 as LogPosition, limit: 10 }), appended)
  t.same(
    appended.map(({ position }) => position),
    [1, 2],
  )
  t.equal(appended[0]?.recordedAt, appended[1]?.recordedAt, 'one append has one time')
  t.same(await readHead(pool, PROJECT), { position: 2, recordedAt: appended[1]?.recordedAt })
})

t.test('an append of nothing does nothing', async (t) => {
  const { pool } = await createDatabase(t)
  const before = await readHead(pool, PROJECT)
  t.same(await append(pool), [])
  t.same(await readHead(pool, PROJECT), before)
})

t.test('a second event of the same version in a stream is a conflict', async (t) => {
  const { pool } = await createDatabase(t)
  await append(pool, newEvent('a', 1))
  const error = await append(pool, newEvent('b', 1), newEvent('a', 1)).catch((error) => error)
  t.ok(isStreamConflict(error))
  t.equal((await readHead(pool, PROJECT)).position, 1, 'and nothing was appended')
  t.ok(await append(pool, newEvent('a', 2)), 'the next version is none')
})

t.test('another failure is not called a conflict', async (t) => {
  const { pool } = await createDatabase(t)
  const unknown = 'nowhere' as ProjectId
  const error = await appendEvents(pool, unknown, [newEvent('a', 1)]).catch((error) => error)
  t.match(error, { message: /project nowhere has no log/u })
  t.notOk(isStreamConflict(error))
})

t.test('an append that is rolled back leaves no gap', async (t) => {
  const { pool } = await createDatabase(t)
  await append(pool, newEvent('a', 1))
  const failure = inTransaction(pool, async (tx) => {
    await appendEvents(tx, PROJECT, [newEvent('a', 2), newEvent('b', 1)])
    throw new Error('changed my mind')
  })
  await t.rejects(failure, { message: 'changed my mind' })
  const [next] = await append(pool, newEvent('a', 2))
  t.equal(next?.position, 2)
  t.equal((await verifyChain(pool, PROJECT)).mismatch, null)
})

t.test('the second of two appenders waits for the commit of the first', async (t) => {
  const { pool } = await createDatabase(t)
  const first = await pool.connect()
  await first.query('begin')
  await appendEvents(first, PROJECT, [newEvent('a', 1)])
  const second = append(pool, newEvent('b', 1))
  await waitFor(
    async () => {
      const { rows } = await pool.query(
        `select from pg_locks where not granted
           and pid in (select pid from pg_stat_activity where datname = current_database())`,
      )
      return rows.length > 0
    },
    { what: 'an appender that waits for the head' },
  )
  t.equal((await readHead(pool, PROJECT)).position, 0, 'nothing is seen before the commit')
  await first.query('commit')
  first.release()
  t.equal((await second)[0]?.position, 2)
})

t.test('time does not run backwards when the clock does', async (t) => {
  const { pool } = await createDatabase(t)
  const future = '2100-01-01T00:00:00Z'
  await pool.query('update log_heads set recorded_at = $1', [future])
  const [event] = await append(pool, newEvent('a', 1))
  t.equal(event?.recordedAt, Date.parse(future))
})

t.test('a stream is read in the order of its versions', async (t) => {
  const { pool } = await createDatabase(t)
  await append(pool, newEvent('a', 1), newEvent('b', 1), newEvent('a', 2))
  const stream = await readStream(pool, PROJECT, newEvent('a', 1).streamId)
  t.same(
    stream.map(({ position, version }) => [position, version]),
    [
      [1, 1],
      [3, 2],
    ],
  )
})

// Property: whoever appends how much when, and whoever rolls back, positions are 1, 2, 3 … in commit
// order, times never run backwards, and the chain holds. Seen to catch: the head row read without
// FOR UPDATE.
t.test('concurrent appenders never leave a gap', async (t) => {
  const { pool } = await createDatabase(t)
  const appender = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 }),
    rollsBack: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  })
  let streams = 0
  await fc.assert(
    fc.asyncProperty(fc.array(appender, { minLength: 2, maxLength: 6 }), async (appenders) => {
      await Promise.all(
        appenders.map(async ({ sizes, rollsBack }) => {
          for (const [turn, size] of sizes.entries()) {
            const stream = `s${++streams}`
            const events = Array.from({ length: size }, (_, nth) => newEvent(stream, nth + 1))
            await appendAndMaybeRollBack(events, rollsBack[turn] === true)
          }
        }),
      )
      await assertGapless()
    }),
    { numRuns: 25 },
  )
  t.ok((await readHead(pool, PROJECT)).position > 100, 'much was appended')

  async function appendAndMaybeRollBack(events: NewEvent[], rollsBack: boolean): Promise<void> {
    const tx = await pool.connect()
    try {
      await tx.query('begin')
      await appendEvents(tx, PROJECT, events)
      await tx.query(rollsBack ? 'rollback' : 'commit')
    } finally {
      tx.release()
    }
  }

  async function assertGapless(): Promise<void> {
    const { mismatch } = await verifyChain(pool, PROJECT)
    if (mismatch !== null) throw new Error(mismatch.detail)
    const { rows } = await pool.query(
      `select from (
         select position, recorded_at, row_number() over (order by position) as nth,
           lag(recorded_at) over (order by position) as before from events) as ordered
       where position <> nth or recorded_at < before`,
    )
    if (rows.length > 0) throw new Error('a gap, or a time that runs backwards')
  }
})

// Property: however many decide on the same state of a stream, one of them is first, all others see it.
t.test('of concurrent appends of one version exactly one succeeds', async (t) => {
  const { pool } = await createDatabase(t)
  let streams = 0
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 10 }), async (writers) => {
      const stream = `s${++streams}`
      const results = await Promise.allSettled(
        Array.from({ length: writers }, () => append(pool, newEvent(stream, 1))),
      )
      const refused = results.filter((result) => result.status === 'rejected')
      if (refused.length !== writers - 1) throw new Error(`${refused.length} of ${writers} refused`)
      if (!refused.every(({ reason }) => isStreamConflict(reason))) throw new Error('no conflict')
    }),
    { numRuns: 20 },
  )
  t.equal((await readHead(pool, PROJECT)).position, streams)
})
