import type { LogPosition } from '@portcullis/contracts'
import { createDatabase, waitFor } from '@portcullis/testkit'
import fc from 'fast-check'
import t from 'tap'

import { appendEvents } from './append-events.ts'
import { append, newEvent, PROJECT } from './fixtures.ts'
import { readHead } from './read-events.ts'
import { subscribe } from './subscribe.ts'

const START = 0 as LogPosition

t.test('a subscriber gets what was there before, and then what comes', async (t) => {
  const { pool } = await createDatabase(t)
  await append(pool, newEvent('a', 1), newEvent('a', 2))
  const seen: number[] = []
  const ending = new AbortController()
  const following = subscribe(pool, {
    project: PROJECT,
    after: 1 as LogPosition,
    onEvents: (events) => void seen.push(...events.map(({ position }) => position)),
    signal: ending.signal,
  })
  await waitFor(() => seen.length === 1, { what: 'the event that was there' })
  await append(pool, newEvent('a', 3))
  await waitFor(() => seen.length === 2, { what: 'the event that came' })
  ending.abort()
  await following
  t.same(seen, [2, 3])
})

t.test('a subscriber that is aborted before it begins is called with nothing', async (t) => {
  const { pool } = await createDatabase(t)
  await append(pool, newEvent('a', 1))
  const onEvents = () => void t.fail('called')
  await subscribe(pool, { project: PROJECT, after: START, onEvents, signal: AbortSignal.abort() })
})

t.test('a failure of the subscriber ends the subscription', async (t) => {
  const { pool } = await createDatabase(t)
  await append(pool, newEvent('a', 1))
  const onEvents = () => {
    throw new Error('cannot fold this')
  }
  const { signal } = new AbortController()
  await t.rejects(subscribe(pool, { project: PROJECT, after: START, onEvents, signal }), {
    message: 'cannot fold this',
  })
})

t.test('a subscriber that knows more than the log is told so', async (t) => {
  const { pool } = await createDatabase(t)
  const { signal } = new AbortController()
  const after = 7 as LogPosition
  await t.rejects(subscribe(pool, { project: PROJECT, after, onEvents: () => {}, signal }), {
    message: /ends at 0/u,
  })
})

// Property: while appenders open their transactions in one order and commit in another, or roll back,
// a reader that polls sees every position once, in order. It is the bug that every event store on
// Postgres has once shipped: position 11 is seen while the transaction that holds 10 is still open.
// Seen to catch: the head row read without FOR UPDATE.
t.test('a reader never skips an event', async (t) => {
  const { pool } = await createDatabase(t)
  let streams = 0
  const turns = fc.array(
    fc.record({ size: fc.integer({ min: 1, max: 5 }), rollsBack: fc.boolean() }),
    { minLength: 3, maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(turns, fc.integer({ min: 0, max: 20 }), async (turns, roundTrips) => {
      const after = (await readHead(pool, PROJECT)).position
      const seen: number[] = []
      const ending = new AbortController()
      const following = subscribe(pool, {
        project: PROJECT,
        after,
        onEvents: (events) => void seen.push(...events.map(({ position }) => position)),
        signal: ending.signal,
      })
      await Promise.all(turns.map((turn, nth) => appendSlowly(turn, nth % (roundTrips + 1))))
      const through = (await readHead(pool, PROJECT)).position
      await waitFor(() => after + seen.length >= through, { what: 'the last event' })
      ending.abort()
      await following
      const expected = Array.from({ length: through - after }, (_, nth) => after + nth + 1)
      if (JSON.stringify(seen) !== JSON.stringify(expected)) throw new Error(`saw ${seen.join()}`)
    }),
    { numRuns: 20 },
  )
  t.ok((await readHead(pool, PROJECT)).position > 50, 'much was appended')

  /** Keeps its transaction open for some round trips before and after the append. */
  async function appendSlowly(
    { size, rollsBack }: { size: number; rollsBack: boolean },
    roundTrips: number,
  ): Promise<void> {
    const stream = `s${++streams}`
    const events = Array.from({ length: size }, (_, nth) => newEvent(stream, nth + 1))
    const tx = await pool.connect()
    try {
      await tx.query('begin')
      for (let turn = 0; turn < roundTrips; turn += 1) await tx.query('select 1')
      await appendEvents(tx, PROJECT, events)
      for (let turn = 0; turn < 20 - roundTrips; turn += 1) await tx.query('select 1')
      await tx.query(rollsBack ? 'rollback' : 'commit')
    } finally {
      tx.release()
    }
  }
})
