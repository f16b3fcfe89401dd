import type { LogPosition } from '@portcullis/contracts'
import { createDatabase } from '@portcullis/testkit'
import fc from 'fast-check'
import type { PoolClient } from 'pg'
import t, { type Test } from 'tap'

import { append, AT, newEvent, PROJECT } from './fixtures.ts'
import { readAll } from './read-all.ts'
import { type ChainReport, verifyChain } from './verify-chain.ts'

const { pool } = await createDatabase(t)
for (const nth of [1, 2, 3, 4, 5]) {
  await append(pool, newEvent('a', nth), newEvent(`b${nth}`, 1, { occurredAt: AT }))
}

t.test('a chain that nobody touched is good', async (t) => {
  t.same(await verifyChain(pool, PROJECT), { events: 10, through: 10, mismatch: null })
})

t.test('an empty log is good', async (t) => {
  const { pool } = await createDatabase(t)
  t.same(await verifyChain(pool, PROJECT), { events: 0, through: 0, mismatch: null })
})

t.test('a check can begin in the middle, and tells how far it is', async (t) => {
  const seen: number[] = []
  const onProgress = (position: number) => void seen.push(position)
  const report = await verifyChain(pool, PROJECT, { from: 6 as LogPosition, onProgress })
  t.same(report, { events: 5, through: 10, mismatch: null })
  t.same(seen, [10])
})

/** Alters the database, checks the chain, and takes the alteration back. */
async function checkAfter(...alterations: string[]): Promise<ChainReport> {
  return await altered(alterations, (tx) => verifyChain(tx, PROJECT))
}

async function altered<Result>(
  alterations: readonly string[],
  work: (tx: PoolClient) => Promise<Result>,
): Promise<Result> {
  const tx = await pool.connect()
  try {
    await tx.query('begin')
    for (const alteration of alterations) await tx.query(alteration)
    return await work(tx)
  } finally {
    await tx.query('rollback')
    tx.release()
  }
}

async function columnsOf(table: string): Promise<{ name: string; type: string }[]> {
  const { rows } = await pool.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
    [table],
  )
  return rows
}

/** The smallest change of a value, by the type of its column. */
const ALTERED: Readonly<Record<string, (column: string) => string>> = {
  text: (column) => `${column} || ' '`,
  bigint: (column) => `${column} + 1000`,
  integer: (column) => `${column} + 1000`,
  smallint: (column) => `${column} + 1`,
  json: (column) => `(${column}::text || ' ')::json`,
  bytea: (column) => `set_byte(${column}, 31, (get_byte(${column}, 31) + 1) % 256)`,
  'timestamp with time zone': (column) => `${column} + interval '1 microsecond'`,
}

/** What is reported when a column of the event at position 4 is altered. */
const FAULTS: Readonly<Record<string, string>> = {
  project_id: 'gap',
  position: 'gap',
  hash: 'hash',
  occurred_at: 'time',
  recorded_at: 'time',
}

t.test('an altered value is found in every column of the log', async (t: Test) => {
  const columns = await columnsOf('events')
  t.equal(columns.length, 11)
  for (const { name, type } of columns) {
    const change = ALTERED[type]!(name)
    const report = await checkAfter(`update events set ${name} = ${change} where position = 4`)
    const fault = FAULTS[name] ?? 'content'
    t.match(report, { events: 3, mismatch: { position: 4, fault } }, `events.${name}`)
  }
})

t.test('a coarser change of a time is one of the content', async (t) => {
  for (const column of ['occurred_at', 'recorded_at']) {
    const report = await checkAfter(
      `update events set ${column} = ${column} + interval '1 millisecond' where position = 4`,
    )
    t.match(report.mismatch, { position: 4, fault: 'content' }, column)
  }
})

t.test('an altered value is found in every column of the head', async (t) => {
  for (const { name, type } of await columnsOf('log_heads')) {
    const change = ALTERED[type]!(name)
    const checking = checkAfter(`update log_heads set ${name} = ${change}`)
    if (name === 'project_id') await t.rejects(checking, { message: /has no log/u })
    else t.match((await checking).mismatch, { fault: name === 'position' ? 'gap' : 'head' }, name)
  }
})

const ATTACKS: readonly (readonly [string, string, object])[] = [
  ['an event is deleted', 'delete from events where position = 4', { position: 4, fault: 'gap' }],
  ['the first one is', 'delete from events where position = 1', { position: 1, fault: 'gap' }],
  ['the last one is', 'delete from events where position = 10', { position: 10, fault: 'gap' }],
  ['all are', 'delete from events', { position: 1, fault: 'gap' }],
  [
    'the head is put back',
    `update log_heads set position = 9, chain = hash, recorded_at = events.recorded_at
     from events where events.position = 9`,
    { position: 9, fault: 'head' },
  ],
  [
    'an event is put before the first',
    `insert into events select project_id, 0, 'z', 1, type, schema_version, data, meta, occurred_at,
       recorded_at, hash from events where position = 1`,
    { position: 10, fault: 'head' },
  ],
  [
    'two events change places',
    `update events set position = case position when 4 then -5 when 5 then -4 end
     where position in (4, 5);
     update events set position = -position where position < 0`,
    { position: 4 },
  ],
]

for (const [what, alteration, mismatch] of ATTACKS) {
  t.test(`it is found when ${what}`, async (t) => {
    t.match((await checkAfter(alteration)).mismatch, mismatch)
  })
}

/** What an owner of the database can do who knows how the hashes are made. */
const RECHAIN = `do $$
  declare chain bytea := sha256(''); e events%rowtype;
  begin
    for e in select * from events order by position loop
      chain := sha256(convert_to(
        netstring('portcullis.event.1') || netstring(encode(chain, 'hex'))
        || netstring(e.project_id) || netstring(e.position::text) || netstring(e.stream_id)
        || netstring(e.version::text) || netstring(e.type) || netstring(e.schema_version::text)
        || netstring(epoch_ms(e.occurred_at)::text) || netstring(epoch_ms(e.recorded_at)::text)
        || netstring(e.data::text) || netstring(e.meta::text), 'UTF8'));
      update events set hash = chain where position = e.position;
    end loop;
    update log_heads set chain = (select hash from events order by position desc limit 1);
  end $$`

t.test('what is chained anew is found where it is no event any more', async (t) => {
  t.equal((await checkAfter(RECHAIN)).mismatch, null, 'chaining anew gives the same chain')
  const attacks: readonly (readonly [string, string])[] = [
    [`update events set data = '{"nextDueAt":"soon"}' where position = 4`, 'shape'],
    [`update events set meta = '{}' where position = 4`, 'shape'],
    [`update events set type = 'incident.vanished' where position = 4`, 'shape'],
    [`update events set schema_version = 2 where position = 4`, 'shape'],
    [`update events set recorded_at = recorded_at - interval '1 hour' where position = 4`, 'time'],
  ]
  for (const [attack, fault] of attacks) {
    const { mismatch } = await checkAfter(attack, RECHAIN)
    t.match(mismatch, { position: 4, fault }, attack)
  }
  const { mismatch } = await checkAfter(`update events set version = 7 where position = 9`, RECHAIN)
  t.match(mismatch, { position: 9, fault: 'stream', detail: /ends a, whose versions/u })
})

t.test('a rewrite of chain and head together is not found without a checkpoint', async (t) => {
  const attack = `update events set occurred_at = 'epoch' where position = 4`
  t.equal((await checkAfter(attack, RECHAIN)).mismatch, null)
})

t.test('reading with the chain checked stops where it is broken', async (t) => {
  const alteration = `update events set meta = (meta::text || ' ')::json where position = 4`
  const read = (checkChain: boolean) =>
    altered([alteration], async (tx) => {
      let last = 0
      const options = { project: PROJECT, checkChain, chunkSize: 2 }
      for await (const events of readAll(tx, options)) last = events.at(-1)!.position
      return last
    })
  t.equal(await read(false), 10)
  await t.rejects(read(true), { code: 'CHAIN_BROKEN', message: /position 4 is not what/u })
})

t.test('reading never passes over a gap', async (t) => {
  const read = (alteration: string) =>
    altered([alteration], async (tx) => {
      for await (const _events of readAll(tx, { project: PROJECT, chunkSize: 3 }));
    })
  for (const position of [1, 3, 4, 10]) {
    await t.rejects(
      read(`delete from events where position = ${position}`),
      { code: 'CHAIN_BROKEN', message: new RegExp(`position ${position} is missing`, 'u') },
      `without ${position}`,
    )
  }
})

// Property: in whatever chunks and from wherever a log is read, it gives the same events.
t.test('every event is read once, in order, in chunks of any size', async (t) => {
  const places = fc.integer({ min: 0, max: 10 })
  await fc.assert(
    fc.asyncProperty(
      places,
      places,
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      async (one, other, chunkSize, checkChain) => {
        const after = Math.min(one, other) as LogPosition
        const through = Math.max(one, other) as LogPosition
        const seen: number[] = []
        for await (const events of readAll(pool, {
          project: PROJECT,
          after,
          through,
          chunkSize,
          checkChain,
        })) {
          seen.push(...events.map(({ position }) => position))
        }
        const expected = Array.from({ length: through - after }, (_, nth) => after + nth + 1)
        if (JSON.stringify(seen) !== JSON.stringify(expected)) throw new Error(seen.join())
      },
    ),
    { numRuns: 60 },
  )
  t.pass('for all ranges and sizes')
})

t.test('a reader that stops early leaves no query behind', async (t) => {
  for await (const events of readAll(pool, { project: PROJECT, chunkSize: 1 })) {
    t.equal(events.length, 1)
    break
  }
  t.equal(pool.idleCount, pool.totalCount)
})

t.test('a failure of the store ends the reading, whenever it comes', async (t) => {
  const session = await pool.connect()
  t.teardown(async () => session.release(true))
  const read = async () => {
    for await (const events of readAll(session, { project: PROJECT, chunkSize: 4 })) {
      // The next query is on its way already; it must fail here and nowhere else.
      if (events[0]?.position !== 1) continue
      await pool.query('select pg_terminate_backend(pid) from pg_stat_activity where pid = $1', [
        (session as { processID?: number }).processID,
      ])
    }
  }
  // The loss of an idle connection is told here and nowhere else.
  session.on('error', () => {})
  await t.rejects(read())
})
