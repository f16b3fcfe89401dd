// What the escalator promises: a command is decided once, in the order in which it came, by however
// many escalators; one that an open session holds up waits alone; timers escalate each level once.
import {
  type CommandId,
  DEFAULT_ENVIRONMENT,
  type EpochMs,
  type OperationsCommand,
  type ServiceName,
  type StoredCommand,
} from '@portcullis/contracts'
import { DEFAULT_ESCALATION_SETTINGS } from '@portcullis/domain'
import { isRetryable } from '@portcullis/event-log'
import { createDatabase } from '@portcullis/testkit'
import t from 'tap'

import { decideApart } from './decide-apart.ts'
import { decideCommands } from './decide-commands.ts'
import { accept, answersOf, assertVerified, BEN, contextOn, opening } from './fixtures.ts'
import { runOperations } from './run-operations.ts'

t.test(
  'commands of one group are decided in their order, each on what the last left',
  async (t) => {
    const { pool } = await createDatabase(t)
    const ids = [
      await accept(pool, opening('GET /a'), { route: 'GET /a' }),
      await accept(pool, { type: 'ack', note: null }, { route: 'GET /a' }),
      await accept(pool, { type: 'ack', note: null }, { route: 'GET /a', actor: BEN }),
      await accept(pool, { type: 'ack', note: null }, { route: 'GET /a' }),
      await accept(pool, { type: 'resolve', note: null }, { route: 'GET /a' }),
      await accept(pool, { type: 'resolve', note: null }, { route: 'GET /a' }),
      await accept(pool, { type: 'ack', note: null }, { route: 'GET /none' }),
    ]
    const { decided, deliveries } = await decideCommands(contextOn(pool), ids)
    t.strictSame(decided.toSorted(), ids.toSorted())
    t.equal(deliveries.length, 3, 'opened, acknowledged, resolved')
    t.match(await answersOf(pool, ids), [
      { status: 'done', result: { incident: { status: 'open', version: 1, position: 1 } } },
      { status: 'done', result: { incident: { status: 'acknowledged', version: 2, position: 2 } } },
      {
        status: 'rejected',
        result: {
          reason: 'incident_already_acknowledged',
          incident: { status: 'acknowledged', version: 2, position: 2 },
        },
      },
      { status: 'done', result: { incident: { status: 'acknowledged', version: 2, position: 2 } } },
      { status: 'done', result: { incident: { status: 'resolved', version: 3, position: 3 } } },
      { status: 'done', result: { incident: { status: 'resolved', version: 3, position: 3 } } },
      { status: 'rejected', result: { reason: 'incident_not_found', incident: null } },
    ])
    await assertVerified(t, pool)
  },
)

t.test('escalators side by side decide each command once', async (t) => {
  const { pool } = await createDatabase(t)
  const ids: CommandId[] = []
  for (let nth = 0; nth < 30; nth += 1) {
    const route = `GET /${nth % 6}`
    ids.push(await accept(pool, opening(route), { route }))
    ids.push(await accept(pool, { type: 'escalate', note: null }, { route }))
  }
  const decideAll = async () => {
    for (const id of ids) {
      try {
        await decideCommands(contextOn(pool), [id, ...ids])
      } catch (error) {
        if (!isRetryable(error)) throw error
      }
    }
  }
  await Promise.all([decideAll(), decideAll(), decideAll()])
  const answers = await answersOf(pool, ids)
  t.equal(answers.filter(({ status }) => status === 'waiting').length, 0)
  const { rows } = await pool.query<{ level: number }>(
    'select escalation_level as level from incidents order by route',
  )
  t.strictSame(
    rows.map((row) => row.level),
    [5, 5, 5, 5, 5, 5],
    'five escalations each, none twice',
  )
  await assertVerified(t, pool)
})

t.test('a command on an incident that somebody holds waits, and no other does', async (t) => {
  const { pool } = await createDatabase(t)
  const context = contextOn(pool)
  await decideCommands(context, [
    await accept(pool, opening('GET /held'), { route: 'GET /held' }),
    await accept(pool, opening('GET /free'), { route: 'GET /free' }),
  ])
  const session = await pool.connect()
  await session.query('begin')
  await session.query(`update incidents set owner = 'ann' where route = 'GET /held'`)
  const held = await accept(pool, { type: 'ack', note: null }, { route: 'GET /held' })
  const free = await accept(pool, { type: 'ack', note: null }, { route: 'GET /free' })
  t.match(await decideCommands(context, [held, free]), { decided: [free], putAside: [held] })
  await session.query('commit')
  session.release()
  t.match(await decideCommands(context, [held]), { decided: [held], putAside: [] })
  await assertVerified(t, pool)
})

t.test('a changed SLA moves due times, and a release is announced once', async (t) => {
  const { pool } = await createDatabase(t)
  await decideCommands(contextOn(pool), [
    await accept(pool, opening('GET /a'), { route: 'GET /a' }),
  ])
  const slower = {
    ...DEFAULT_ESCALATION_SETTINGS,
    ackWithinMs: { critical: 60_000, warning: 60_000 },
  }
  const release: OperationsCommand = {
    type: 'announce_release',
    service: 'shop' as ServiceName,
    environment: DEFAULT_ENVIRONMENT,
    version: '2.0' as Extract<OperationsCommand, { type: 'announce_release' }>['version'],
    commit: 'abc',
    url: null,
    at: 1_795_000_000_000 as EpochMs,
  }
  const ids = [
    await accept(pool, { type: 'recalc' }),
    await accept(pool, { type: 'tick' }),
    await accept(pool, release),
    await accept(pool, release),
  ]
  const { decided } = await runOperations(contextOn(pool, slower), ids)
  t.strictSame(decided, ids)
  t.match(await answersOf(pool, ids), [
    { status: 'done', result: { looked_at: 1, rescheduled: 1, held: [] } },
    { status: 'done', result: { due: 0, escalated: 0 } },
    { status: 'done', result: { is_new: true } },
    { status: 'done', result: { is_new: false } },
  ])
  t.strictSame((await runOperations(contextOn(pool), ids)).decided, [], 'they are decided once')
  await assertVerified(t, pool)
})

t.test('what can never be decided is answered so, and holds up nothing else', async (t) => {
  const { pool } = await createDatabase(t)
  const context = contextOn(pool)
  // Postgres has no year 0, and no NUL in its JSON.
  const impossible: OperationsCommand = {
    type: 'announce_release',
    service: 'shop' as ServiceName,
    environment: DEFAULT_ENVIRONMENT,
    version: '2.0' as Extract<OperationsCommand, { type: 'announce_release' }>['version'],
    commit: null,
    url: null,
    at: Date.parse('0000-01-01T00:00:00Z') as EpochMs,
  }
  const poisonous = { ...opening('GET /bad'), evidence: { note: '\0' } } as StoredCommand
  const routes = ['GET /a', 'GET /b', 'GET /bad', 'GET /c']
  const commands = []
  for (const route of routes) {
    const command = route === 'GET /bad' ? poisonous : opening(route)
    commands.push(await accept(pool, command, { route }))
  }
  const operations = [
    await accept(pool, { type: 'recalc' }),
    await accept(pool, impossible),
    await accept(pool, { type: 'tick' }),
  ]

  const apart = await decideApart(context, [...commands, ...operations])
  t.strictSame(apart.decided.toSorted(), commands.toSorted())
  t.match(apart, { undecidable: [{ id: commands[2], correlationId: null }], stoppedBy: null })
  t.equal(apart.undecidable.length, 1)
  t.equal(apart.deliveries.length, 3)
  const run = await runOperations(context, operations)
  t.strictSame(run.decided, operations)
  t.match(run, { undecidable: [{ id: operations[1], error: { code: '22008' } }], failed: [] })

  t.match(await answersOf(pool, [...commands, ...operations]), [
    { status: 'done' },
    { status: 'done' },
    { status: 'rejected', result: { reason: 'undecidable', incident: null } },
    { status: 'done' },
    { status: 'done', result: { looked_at: 3 } },
    { status: 'rejected', result: { reason: 'undecidable', incident: null } },
    { status: 'done', result: { due: 0 } },
  ])
  t.match(await decideApart(context, commands), { decided: [], undecidable: [] })
  await assertVerified(t, pool)
})

t.test('an operation that somebody holds up for a while waits alone', async (t) => {
  const { pool } = await createDatabase(t)
  await pool.query(`create function wait_for_it() returns trigger language plpgsql as $$
    begin raise exception 'held' using errcode = 'lock_not_available'; end $$`)
  await pool.query(`create trigger wait_for_it before update on commands for each row
    when (old.command::jsonb ->> 'type' = 'recalc') execute function wait_for_it()`)
  const ids = [await accept(pool, { type: 'recalc' }), await accept(pool, { type: 'tick' })]
  const run = await runOperations(contextOn(pool), ids)
  t.match(run, { decided: [ids[1]], undecidable: [], failed: [{ id: ids[0] }] })
  t.match(await answersOf(pool, ids), [{ status: 'waiting' }, { status: 'done' }])
})
