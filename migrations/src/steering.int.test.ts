// Goal: incidents can be steered with plain SQL, as the first system's could: what is written shows,
// is in the log, and can be folded again. Method: the statements that people type, on the real view.
import { createDatabase, waitFor } from '@portcullis/testkit'
import pg, { type Pool, type PoolClient } from 'pg'
import t, { type Test } from 'tap'

interface LoggedEvent {
  readonly type: string
  readonly version: number
  readonly data: { readonly before?: object; readonly after?: object } & Record<string, unknown>
  readonly meta: { readonly actor: { readonly kind: string; readonly id: string } }
}

const AT = '2026-11-23T10:00:00.123Z'
const AT_MS = Date.parse(AT)

/** A database with one incident in it, and its id. */
async function withIncident(t: Test): Promise<{ pool: Pool; id: string }> {
  const { pool } = await createDatabase(t)
  const { rows } = await pool.query<{ id: string }>(
    `insert into incidents (service, route, kind, first_seen, last_seen)
     values ('shop', 'GET /projects', 'slo_violation', $1, $1) returning id`,
    [AT],
  )
  return { pool, id: rows[0]!.id }
}

async function eventsOf(pool: Pool): Promise<LoggedEvent[]> {
  const { rows } = await pool.query<LoggedEvent>(
    'select type, version, data, meta from events order by position',
  )
  return rows
}

async function nameOf(pool: Pool, person: string): Promise<string | null> {
  const { rows } = await pool.query<{ name: string | null }>(
    'select name from people where person_id = $1',
    [person],
  )
  return rows[0]?.name ?? null
}

// Columns that SQL may write: the value as it is typed, as it shows, and as the event tells it.
const WRITABLE: readonly (readonly [string, string, unknown, string, unknown])[] = [
  ['status', `'acknowledged'`, 'acknowledged', 'status', 'acknowledged'],
  ['severity', `'warning'`, 'warning', 'severity', 'warning'],
  ['escalation_level', '3', 3, 'escalationLevel', 3],
  ['acknowledged_at', `'${AT}'`, new Date(AT), 'acknowledgedAt', AT_MS],
  [
    'first_seen',
    `'2026-11-23T09:00:00Z'`,
    new Date(AT_MS - 3_600_123),
    'firstSeen',
    AT_MS - 3_600_123,
  ],
  [
    'last_seen',
    `'2026-11-23T09:00:00.9999Z'`,
    new Date(AT_MS - 3_599_124),
    'lastSeen',
    AT_MS - 3_599_124,
  ],
  ['escalated_at', `'${AT}'`, new Date(AT), 'escalatedAt', AT_MS],
  ['next_due_at', `'${AT}'`, new Date(AT), 'nextDueAt', AT_MS],
  [
    'metadata',
    `'{"ticket": "OPS-7", "n": [1.5, null]}'`,
    { ticket: 'OPS-7', n: [1.5, null] },
    'metadata',
    { ticket: 'OPS-7', n: [1.5, null] },
  ],
]

t.test('every column that can be written shows, returns, and is in the log', async (t) => {
  for (const [column, typed, shown, key, told] of WRITABLE) {
    const { pool, id } = await withIncident(t)
    const { rows } = await pool.query(
      `update incidents set ${column} = ${typed} where id = $1 returning ${column} as value`,
      [id],
    )
    t.same(rows, [{ value: shown }], `${column} is returned`)
    const stored = await pool.query(`select ${column} as value, version from incidents`)
    t.same(stored.rows, [{ value: shown, version: 2 }], `${column} shows`)
    const edited = (await eventsOf(pool)).at(-1)!
    t.match(edited, { type: 'incident.edited', version: 2 }, column)
    t.same(edited.data.after, { [key]: told }, `${column} is in the log`)
    t.same(Object.keys(edited.data.before!), [key], `${column} as it was is in the log`)
  }
})

t.test('people are named in the view and opaque in the log', async (t) => {
  for (const [column, key] of [
    ['acknowledged_by', 'acknowledgedBy'],
    ['owner', 'owner'],
  ] as const) {
    const { pool } = await withIncident(t)
    const { rows } = await pool.query(`update incidents set ${column} = 'ann' returning ${column}`)
    t.same(rows, [{ [column]: 'ann' }])
    const after = (await eventsOf(pool)).at(-1)!.data.after as Record<string, string>
    t.match(after[key], /^person_[0-9a-f]{32}$/u)
    t.equal(await nameOf(pool, after[key]!), 'ann')
    await pool.query(`update incidents set ${column} = null`)
    t.same((await eventsOf(pool)).at(-1)!.data.after, { [key]: null })
    await pool.query(`update incidents set ${column} = 'ann'`)
    t.same((await eventsOf(pool)).at(-1)!.data.after, after, 'the same person')
    await pool.query(`update incidents set ${column} = $1`, [after[key]])
    t.equal((await eventsOf(pool)).length, 4, 'the id of that person is no change')
    await pool.query(`update people set name = null, subject = null, erased_at = now()`)
    const shown = await pool.query(`select ${column} from incidents`)
    t.same(shown.rows, [{ [column]: after[key] }], 'an erased person is an id')
  }
})

t.test('an update that changes nothing is no event', async (t) => {
  const { pool } = await withIncident(t)
  const { rowCount } = await pool.query(`update incidents set status = 'open', owner = null`)
  t.equal(rowCount, 1)
  t.equal((await eventsOf(pool)).length, 1)
})

t.test('the metadata can be cleared', async (t) => {
  const { pool } = await withIncident(t)
  await pool.query(`update incidents set metadata = '{"a": 1}'`)
  const { rows } = await pool.query('update incidents set metadata = null returning metadata')
  t.same(rows, [{ metadata: {} }])
})

const REFUSED: readonly (readonly [string, RegExp, string])[] = [
  [`id = gen_random_uuid()`, /cannot be changed/u, '0A000'],
  [`incident_key = 'x::y'`, /cannot be changed/u, '0A000'],
  [`route = 'GET /x'`, /cannot be changed/u, '0A000'],
  [`kind = 'x'`, /cannot be changed/u, '0A000'],
  [`service = 'x'`, /cannot be changed/u, '0A000'],
  [`environment = 'x'`, /cannot be changed/u, '0A000'],
  [`opening = 2`, /cannot be changed/u, '0A000'],
  [`snoozed_until = now()`, /cannot be changed/u, '0A000'],
  [`resolved_at = now()`, /cannot be changed/u, '0A000'],
  [`version = 7`, /cannot be changed/u, '0A000'],
  [`project_id = 'x'`, /cannot be changed/u, '0A000'],
  [`status = 'closed'`, /open, acknowledged or resolved, not closed/u, '23514'],
  [`status = null`, /open, acknowledged or resolved, not null/u, '23514'],
  [`severity = 'info'`, /critical or warning, not info/u, '23514'],
  [`severity = null`, /critical or warning, not null/u, '23514'],
  [`escalation_level = -1`, /between 0 and 1000, not -1/u, '23514'],
  [`escalation_level = 1001`, /between 0 and 1000/u, '23514'],
  [`escalation_level = null`, /between 0 and 1000, not null/u, '23514'],
  [`first_seen = null`, /null value in column "first_seen"/u, '23502'],
  [`last_seen = 'infinity'`, /last_seen must be between/u, '23514'],
  [`first_seen = '1969-12-31'`, /first_seen must be between/u, '23514'],
  [`next_due_at = '10000-01-01Z'`, /next_due_at must be between/u, '23514'],
  [`owner = ''`, /a single line of at most 256/u, '23514'],
  [`acknowledged_by = E'two\\nlines'`, /a single line of at most 256/u, '23514'],
  [`metadata = '[]'`, /must be a JSON object/u, '23514'],
  [`metadata = 'null'`, /must be a JSON object/u, '23514'],
  [`metadata = '{"n": 12345678901234567890}'`, /more digits than a double/u, '23514'],
  [`metadata = '{"deep": [{"n": 0.1234567890123456789}]}'`, /more digits than a double/u, '23514'],
]

t.test('what cannot be written is refused in a sentence, and nothing is changed', async (t) => {
  const { pool } = await withIncident(t)
  const before = await pool.query('select * from incidents')
  for (const [change, message, code] of REFUSED) {
    await t.rejects(pool.query(`update incidents set ${change}`), { message, code }, change)
  }
  await t.rejects(pool.query('delete from incidents'), { message: /cannot be deleted/u })
  t.same((await pool.query('select * from incidents')).rows, before.rows)
  t.equal((await eventsOf(pool)).length, 1)
})

t.test('an insert fills in what is left out', async (t) => {
  const { pool } = await createDatabase(t)
  const { rows } = await pool.query(
    `insert into incidents (incident_key) values ('GET /a::b::slo_violation') returning *`,
  )
  t.match(rows[0], {
    incident_key: 'GET /a::b::slo_violation',
    route: 'GET /a::b',
    kind: 'slo_violation',
    service: 'unknown',
    environment: 'production',
    status: 'open',
    severity: 'critical',
    escalation_level: 0,
    opening: 1,
    metadata: {},
    project_id: 'default',
  })
  const [event] = await eventsOf(pool)
  t.match(event, {
    type: 'incident.inserted',
    version: 1,
    data: {
      scope: { service: 'unknown', environment: 'production', route: 'GET /a::b' },
      columns: { status: 'open', owner: null, firstSeen: rows[0].first_seen.getTime() },
    },
  })
  t.equal(Object.keys(event!.data['columns'] as object).length, 11)
  const { rows: kinds } = await pool.query(
    `insert into incidents (route) values ('GET /c') returning kind`,
  )
  t.same(kinds, [{ kind: 'manual' }])
})

t.test('an insert can say everything', async (t) => {
  const { pool } = await createDatabase(t)
  const columns = WRITABLE.map(([column]) => column)
  const { rows } = await pool.query(
    `insert into incidents (service, environment, route, kind, acknowledged_by, owner, ${columns.join()})
     values ('shop', 'staging', 'GET /a', 'own_kind', 'ann', 'bob',
       ${WRITABLE.map(([, typed]) => typed).join()})
     returning *`,
  )
  t.match(rows[0], Object.fromEntries(WRITABLE.map(([column, , shown]) => [column, shown])))
  t.match(rows[0], { acknowledged_by: 'ann', owner: 'bob', environment: 'staging' })
})

const NOT_INSERTED: readonly (readonly [string, string, RegExp])[] = [
  ['kind', `'manual'`, /needs a route/u],
  ['route, kind', `'GET /a', 'Manual'`, /kind must be lower case/u],
  ['route, service', `'GET /a', ''`, /single lines/u],
  ['route', `repeat('🏰', 257)`, /single lines/u],
  ['route', `E'a\\tb'`, /single lines/u],
  ['route, environment', `'GET /a', repeat('e', 65)`, /single lines/u],
  ['route, id', `'GET /a', gen_random_uuid()`, /leave it out/u],
  ['route, kind, incident_key', `'GET /a', 'k', 'GET /b::k'`, /must be GET \/a::k/u],
  ['route, opening', `'GET /a', 2`, /cannot be written/u],
  ['route, version', `'GET /a', 2`, /cannot be written/u],
  ['route, resolved_at', `'GET /a', now()`, /cannot be written/u],
  ['route, snoozed_until', `'GET /a', now()`, /cannot be written/u],
  ['route, status', `'GET /a', 'closed'`, /status must be/u],
  ['route, project_id', `'GET /a', 'nowhere'`, /project nowhere has no log/u],
  ['service, route, kind', `'shop', 'GET /projects', 'slo_violation'`, /duplicate key/u],
]

t.test('what cannot be inserted is refused in a sentence', async (t) => {
  const { pool } = await withIncident(t)
  for (const [columns, values, message] of NOT_INSERTED) {
    const insert = `insert into incidents (${columns}) values (${values})`
    await t.rejects(pool.query(insert), { message }, insert)
  }
  t.equal((await eventsOf(pool)).length, 1)
})

t.test('a route of 512 UTF-16 units is taken, as the border takes it', async (t) => {
  const { pool } = await createDatabase(t)
  await pool.query(`insert into incidents (route) values (repeat('🏰', 256))`)
  t.equal((await eventsOf(pool)).length, 1)
})

t.test('several updates in one transaction are events in their order', async (t) => {
  const { pool, id } = await withIncident(t)
  const tx = await pool.connect()
  await tx.query('begin')
  await tx.query(`update incidents set escalation_level = 1`)
  await tx.query(`insert into incidents (route) values ('GET /other')`)
  await tx.query(`update incidents set escalation_level = escalation_level + 1 where id = $1`, [id])
  await tx.query('commit')
  tx.release()
  const events = await eventsOf(pool)
  t.match(events.slice(1), [
    { type: 'incident.edited', version: 2, data: { after: { escalationLevel: 1 } } },
    { type: 'incident.inserted', version: 1 },
    {
      type: 'incident.edited',
      version: 3,
      data: { before: { escalationLevel: 1 }, after: { escalationLevel: 2 } },
    },
  ])
  const { rows } = await pool.query(
    'select version, position::int from incident_state where id = $1',
    [id],
  )
  t.same(rows, [{ version: 3, position: 4 }])
  t.same((await pool.query('select from incident_changes')).rows, [], 'nothing is left over')
})

t.test('an update that is rolled back was never there', async (t) => {
  const { pool } = await withIncident(t)
  const tx = await pool.connect()
  await tx.query('begin')
  await tx.query(`update incidents set status = 'resolved', owner = 'ann'`)
  await tx.query('rollback')
  tx.release()
  t.equal((await eventsOf(pool)).length, 1)
  t.same((await pool.query('select status, owner from incidents')).rows, [
    { status: 'open', owner: null },
  ])
})

t.test('the smoke test’s statements work as they are written', async (t) => {
  const { pool, id } = await withIncident(t)
  const { rows } = await pool.query(`
    UPDATE incidents
    SET status='open', severity='critical', acknowledged_at=NULL, escalation_level=1,
        first_seen=now() - interval '6 minutes', last_seen=now()
    WHERE id = (SELECT id FROM incidents ORDER BY random() LIMIT 1)
    RETURNING id;`)
  t.same(rows, [{ id }])
  await pool.query(`
    UPDATE incidents
    SET status='acknowledged', acknowledged_by='smoke-test', acknowledged_at=now()
    WHERE id='${id}';`)
  t.match((await pool.query('select status, acknowledged_by from incidents')).rows, [
    { status: 'acknowledged', acknowledged_by: 'smoke-test' },
  ])
  t.equal((await eventsOf(pool)).length, 3)
})

t.test('a change asks the escalator to look at once', async (t) => {
  const { pool, id } = await withIncident(t)
  await pool.query(`update timers set due_at = 'infinity'`)
  await pool.query(`update incidents set severity = 'warning'`)
  const { rows } = await pool.query(
    `select kind, subject_id, due_at = (select max(recorded_at) from events) as now from timers`,
  )
  t.same(rows, [{ kind: 'incident', subject_id: id, now: true }])
})

/** A session of its own that has begun a transaction; it is rolled back at the end if still open. */
async function open(t: Test, pool: Pool, begin = 'begin'): Promise<PoolClient> {
  const session = await pool.connect()
  await session.query(begin)
  t.teardown(async () => {
    await session.query('rollback')
    session.release()
  })
  return session
}

async function isWaiting(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows.length > 0
}

// Seen to catch: a constraint trigger that is not deferred.
t.test('a session that is left open does not hold the log', async (t) => {
  const { pool, id } = await withIncident(t)
  const session = await open(t, pool)
  await session.query(`update incidents set owner = 'ann' where id = $1`, [id])
  await session.query(`insert into incidents (route) values ('GET /open')`)
  const other = await pool.query(`insert into incidents (route) values ('GET /else') returning id`)
  t.equal(other.rowCount, 1, 'others append meanwhile')
  t.same(
    (await pool.query(`select position::int from log_heads for update nowait`)).rows,
    [{ position: 2 }],
    'the head is free',
  )
  await session.query('commit')
  t.match(
    (await eventsOf(pool)).map(({ type }) => type),
    ['incident.inserted', 'incident.inserted', 'incident.edited', 'incident.inserted'],
  )
})

// Seen to catch: a trigger that writes every column of the new row.
t.test('an update takes back nothing that was committed while it waited', async (t) => {
  const { pool } = await withIncident(t)
  const first = await open(t, pool)
  await first.query(`update incidents set escalation_level = 5, severity = 'warning'`)
  const second = pool.query(
    `update incidents set severity = 'critical', owner = 'bob' returning escalation_level, severity, owner`,
  )
  await waitFor(() => isWaiting(pool), { what: 'the second session at the row' })
  await first.query('commit')
  t.same(
    (await second).rows,
    [{ escalation_level: 5, severity: 'warning', owner: 'bob' }],
    'critical was no change when the second began, so it is the first that counts',
  )
  t.same((await eventsOf(pool)).at(-1)!.data.after, {
    owner: (await pool.query('select owner from incident_state')).rows[0].owner,
  })
})

t.test('a repeatable read that was overtaken is told so', async (t) => {
  const { pool } = await withIncident(t)
  const session = await open(t, pool, 'begin isolation level repeatable read')
  await session.query('select from incidents')
  await pool.query('update incidents set escalation_level = 5')
  await t.rejects(session.query(`update incidents set owner = 'bob'`), { code: '40001' })
})

t.test('who it was is in the log: the login role, whatever role is set', async (t) => {
  const { pool } = await withIncident(t)
  const session = await open(t, pool)
  await session.query('set role pg_read_all_data')
  await session.query('reset role')
  const { rows } = await session.query<{ name: string }>('select session_user::text as name')
  await session.query(`update incidents set severity = 'warning'`)
  await session.query('commit')
  const { actor } = (await eventsOf(pool)).at(-1)!.meta
  t.equal(actor.kind, 'person')
  t.match(actor.id, /^person_/u)
  t.equal(await nameOf(pool, actor.id), rows[0]!.name)
})

t.test('a role that was granted the view alone can steer, and touch nothing else', async (t) => {
  const { pool, connectionString } = await (async () => {
    const database = await createDatabase(t)
    await database.pool.query(`insert into incidents (route) values ('GET /a')`)
    return database
  })()
  const role = `steering_${process.pid}`
  await pool.query(`create role ${role} login password 'steering'`)
  await pool.query(`grant select, insert, update on incidents to ${role}`)
  const url = new URL(connectionString)
  url.username = role
  url.password = 'steering'
  const person = new pg.Client({ connectionString: url.href })
  await person.connect()
  t.teardown(async () => {
    await person.end()
    await pool.query(`drop owned by ${role}`)
    await pool.query(`drop role ${role}`)
  })
  await person.query(`update incidents set owner = 'ann'`)
  await person.query(`insert into incidents (route) values ('GET /b')`)
  t.equal((await person.query('select from incidents')).rowCount, 2)
  const { actor } = (await eventsOf(pool)).at(-1)!.meta
  t.equal(await nameOf(pool, actor.id), role)
  const { rows: tables } = await pool.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace
     and relkind in ('r', 'p') order by 1`,
  )
  t.ok(tables.length > 25)
  for (const { name } of tables) {
    for (const statement of [`select from ${name}`, `delete from ${name}`]) {
      await t.rejects(person.query(statement), { code: '42501' }, statement)
    }
  }
  await t.rejects(person.query(`select person_named('default', 'mallory')`), { code: '42501' })
  await t.rejects(person.query(APPEND), { code: '42501' }, 'nor append by itself')
  await t.rejects(person.query('delete from incidents'), { code: '42501' })
  await t.rejects(person.query('create table public.mine (id int)'), { code: '42501' })
})

const APPEND = `select append_events('default', array['s'], array[1], array['t'], array[1::smallint],
  array['{}'], array['{}'], array[now()])`

// Seen to catch: trigger functions without a search path of their own.
t.test('a temporary table cannot stand in for a table behind the view', async (t) => {
  const { pool } = await withIncident(t)
  const session = await open(t, pool)
  await session.query('create temporary table incident_state (like public.incident_state)')
  await session.query('create temporary table incident_changes (like public.incident_changes)')
  await session.query('create temporary table people (like public.people)')
  await session.query(`update public.incidents set owner = 'ann'`)
  await session.query('commit')
  t.match((await eventsOf(pool)).at(-1), { type: 'incident.edited' })
})
