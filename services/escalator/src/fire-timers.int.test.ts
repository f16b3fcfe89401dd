// What timers promise: each level is raised once; an edit by SQL is reconsidered whatever else comes
// before the look at it; what somebody holds delays only itself; a tick waits for no other look.
import { DEFAULT_PROJECT, type StoredCommand } from '@portcullis/contracts'
import { DEFAULT_ESCALATION_SETTINGS } from '@portcullis/domain'
import { inTransaction } from '@portcullis/event-log'
import { createDatabase, waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import { decideCommands, type DecisionContext } from './decide-commands.ts'
import { fireTimers } from './fire-timers.ts'
import { accept, answersOf, assertVerified, contextOn, opening } from './fixtures.ts'
import { restoreMissing } from './restore-missing.ts'
import { runOperations } from './run-operations.ts'
import { waitingCommands } from './waiting-commands.ts'

const ROUND = { limit: 10, overdue: false }

function fireOn({ pool, ...context }: DecisionContext, round = ROUND) {
  return inTransaction(pool, (tx) => fireTimers(tx, context, round))
}

/** Decides commands on one route's incident, one after another. */
async function decide(pool: Pool, route: string, ...commands: readonly StoredCommand[]) {
  for (const command of commands) {
    await decideCommands(contextOn(pool), [await accept(pool, command, { route })])
  }
}

/** Opens incidents that have been due for a minute, the first the longest. */
async function dueIncidents(pool: Pool, routes: readonly string[]): Promise<void> {
  for (const route of routes) await decide(pool, route, opening(route))
  for (const [nth, route] of routes.entries()) {
    await pool.query(
      `update incidents set first_seen = now() - interval '6 minutes' - $2 * interval '1 second'
       where route = $1`,
      [route, routes.length - nth],
    )
  }
}

async function levelsOf(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ route: string; escalation_level: number }>(
    'select route, escalation_level from incidents order by route',
  )
  return Object.fromEntries(rows.map((row) => [row.route, row.escalation_level]))
}

/** Holds incidents in an open transaction, as a forgotten psql session does. */
async function hold(t: Test, pool: Pool, where: string): Promise<void> {
  const session = await pool.connect()
  await session.query('begin')
  await session.query(`update incidents set owner = 'ann' where ${where}`)
  t.teardown(async () => {
    await session.query('rollback')
    session.release()
  })
}

t.test('a level is raised once, whoever fires, and an edit by SQL is reconsidered', async (t) => {
  const { pool } = await createDatabase(t)
  const context = contextOn(pool)
  await decideCommands(context, [await accept(pool, opening('GET /a'), { route: 'GET /a' })])
  const fire = () => inTransaction(pool, (tx) => fireTimers(tx, context, ROUND))
  t.match(await fire(), { due: 0, escalated: 0 })
  await pool.query(`update incidents set first_seen = now() - interval '6 minutes'`)
  const fired = await Promise.all([fire(), fire(), fire()])
  t.equal(
    fired.reduce((sum, { escalated }) => sum + escalated, 0),
    1,
  )
  t.match(await fire(), { escalated: 0 })
  const { rows } = await pool.query('select escalation_level, escalated_at from incidents')
  t.match(rows, [{ escalation_level: 1, escalated_at: Date }])
  await assertVerified(t, pool)
})

t.test('an edit by SQL is reconsidered whatever comes before the look at it', async (t) => {
  const { pool } = await createDatabase(t)
  const context = contextOn(pool)
  await decide(pool, 'GET /a', opening('GET /a'), { type: 'ack', note: null })
  await fireOn(context)
  const before: readonly StoredCommand[] = [
    { type: 'comment', note: { by: 'person_ann', sealed: 'bm90ZQ==' } } as StoredCommand,
    { type: 'assign', owner: 'person_ben', note: null } as StoredCommand,
  ]
  await pool.query(
    `update incidents set status = 'open', first_seen = now() - interval '6 minutes'`,
  )
  await decide(pool, 'GET /a', ...before)
  t.match(await fireOn(context), { due: 1, escalated: 1 })
  t.match(await fireOn(context), { due: 0 })
  await assertVerified(t, pool)
})

t.test('a due time that SQL wrote holds, whatever else SQL writes', async (t) => {
  const { pool } = await createDatabase(t)
  const context = contextOn(pool)
  await decide(pool, 'GET /a', opening('GET /a'))
  const dueAt = async () =>
    (await pool.query('select next_due_at from incidents')).rows[0].next_due_at
  const write = async (columns: string) => {
    await pool.query(`update incidents set ${columns}`)
    await fireOn(context)
  }
  await write('next_due_at = null')
  await write(`owner = 'kim'`)
  await write(`metadata = '{"runbook": "7"}'`)
  t.equal(await dueAt(), null)
  await write(`severity = 'warning'`)
  t.not(await dueAt(), null, 'it follows from the severity again')
  await pool.query('update incidents set next_due_at = null')
  await pool.query(`update incidents set owner = 'ben'`)
  await fireOn(context)
  t.equal(await dueAt(), null, 'also where both came before the look')
  await assertVerified(t, pool)
})

t.test(
  'timers that were lost come back, those of edits that wait for their look too',
  async (t) => {
    const { pool } = await createDatabase(t)
    const context = contextOn(pool)
    const routes = ['GET /due', 'GET /edited', 'GET /top']
    for (const route of routes) await decide(pool, route, opening(route))
    await decide(pool, 'GET /edited', { type: 'ack', note: null })
    await pool.query(`update incidents set escalation_level = 7 where route = 'GET /top'`)
    await fireOn(context)
    await pool.query(`update incidents set status = 'open' where route = 'GET /edited'`)
    await decide(pool, 'GET /edited', { type: 'assign', owner: null, note: null })
    await pool.query('delete from timers')
    t.equal(await restoreMissing(context), 2, 'what is at the highest level needs none')
    t.match(await fireOn(context), { due: 2, escalated: 0 })
    const { rows } = await pool.query(
      `select route, next_due_at = first_seen + interval '5 minutes' as is_due from incidents
     where next_due_at is not null order by route`,
    )
    t.same(rows, [
      { route: 'GET /due', is_due: true },
      { route: 'GET /edited', is_due: true },
    ])
    t.equal(await restoreMissing(context), 0)
    await assertVerified(t, pool)
  },
)

t.test('incidents that somebody holds take no place in a round', async (t) => {
  const { pool } = await createDatabase(t)
  await dueIncidents(pool, ['GET /held1', 'GET /held2', 'GET /free'])
  await hold(t, pool, `route <> 'GET /free'`)
  const round = { limit: 2, overdue: false }
  t.match(await fireOn(contextOn(pool), round), { due: 1, escalated: 1 })
  t.same(await levelsOf(pool), { 'GET /free': 1, 'GET /held1': 0, 'GET /held2': 0 })
  t.match(await fireOn(contextOn(pool), { limit: 2, overdue: true }), { due: 0 })
})

t.test('a command that was accepted in time comes before the step', async (t) => {
  const { pool } = await createDatabase(t)
  const context = contextOn(pool)
  await decide(pool, 'GET /a', opening('GET /a'))
  await pool.query(`update incidents set next_due_at = now() + interval '200 milliseconds'`)
  await fireOn(context)
  const ack = await accept(pool, { type: 'ack', note: null }, { route: 'GET /a' })
  await waitFor(async () => (await isDue(pool)) === true, { what: 'the due time' })
  t.match(await fireOn(context), { due: 0 })
  t.match(await fireOn(context, { ...ROUND, overdue: true }), { due: 0 })
  await decideCommands(context, [ack])
  await fireOn(context, { ...ROUND, overdue: true })
  t.same(await levelsOf(pool), { 'GET /a': 0 })

  await decide(pool, 'GET /b', opening('GET /b'))
  await pool.query(`update incidents set next_due_at = now() where route = 'GET /b'`)
  await accept(pool, { type: 'ack', note: null }, { route: 'GET /b' })
  t.match(await fireOn(context), { escalated: 1 }, 'one that was accepted too late does not')
  await assertVerified(t, pool)
})

async function isDue(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ due: boolean }>(
    'select next_due_at <= clock_timestamp() as due from incidents',
  )
  return rows[0]!.due
}

t.test('a tick looks at what was held back a moment ago', async (t) => {
  const { pool } = await createDatabase(t)
  const context = contextOn(pool)
  const dryRun = contextOn(pool, { ...DEFAULT_ESCALATION_SETTINGS, dryRun: true })
  await dueIncidents(pool, ['GET /a', 'GET /b'])
  t.match(await fireOn(dryRun), { due: 2, escalated: 0, heldBack: [{}, {}] })
  t.match(await fireOn(dryRun), { due: 0, heldBack: [] }, 'the next look is a minute away')
  const ids = [await accept(pool, { type: 'tick' }), await accept(pool, { type: 'tick' })]
  await runOperations(dryRun, ids.slice(0, 1))
  await runOperations(context, ids.slice(1))
  t.match(await answersOf(pool, ids), [
    { result: { due: 2, escalated: 0, held_back: [{ why: 'dry_run' }, { why: 'dry_run' }] } },
    { result: { due: 2, escalated: 2, held_back: [] } },
  ])
  await assertVerified(t, pool)
})

t.test('the sweep finds what waits behind many commands that cannot be decided', async (t) => {
  const { pool } = await createDatabase(t)
  await pool.query(
    `insert into commands (project_id, command_id, incident_id, command, actor, via, accepted_at)
     select $1, gen_random_uuid(), gen_random_uuid(), '{}', '{}', 'http',
       now() - interval '1 minute' + nth / 10 * interval '1 microsecond'
     from generate_series(1, 1200) as nth`,
    [DEFAULT_PROJECT],
  )
  const last = await accept(pool, { type: 'tick' })
  const found: string[] = []
  for await (const ids of waitingCommands(pool, DEFAULT_PROJECT, 0)) found.push(...ids)
  t.equal(found.length, 1_201)
  t.equal(new Set(found).size, 1_201)
  t.equal(found.at(-1), last)
})
