import { DAY_MS } from '@portcullis/contracts'
import { systemClock, isSecret, parseApiToken } from '@portcullis/runtime'
import { createDatabase } from '@portcullis/testkit'
import pg from 'pg'
import t, { type Test } from 'tap'

import { callCli } from '../../test/call-cli.ts'

async function openInstallation(t: Test) {
  const { connectionString, pool } = await createDatabase(t)
  const env = { DATABASE_URL: connectionString }
  return { pool, cli: (...argv: string[]) => callCli(argv, { env }) }
}

/** Makes a key and returns its token and id. */
async function make(cli: (...argv: string[]) => ReturnType<typeof callCli>, ...options: string[]) {
  const { exit, out } = await cli('keys', 'create', ...options)
  const token = out.trimEnd()
  return { exit, token, ...parseApiToken(token)! }
}

t.test('a made key is shown once and stored as a hash', async (t) => {
  const { cli, pool } = await openInstallation(t)
  const { exit, out, err } = await cli('keys', 'create', '--role', 'ci', '--expires', '90d')
  t.equal(exit, 0)
  const { keyId, secret } = parseApiToken(out.trimEnd())!
  t.equal(out.split('\n').length, 2, 'the token is all of standard output')
  t.match(err, `Key ${keyId} (ci, until `)
  t.notMatch(err, secret)
  const { rows } = await pool.query('select * from api_keys')
  t.match(rows, [{ key_id: keyId, role: 'ci', scopes: ['guard:read', 'releases:write'] }])
  t.ok(isSecret(secret, rows[0].secret_hash))
  const everything = await pool.query('select data::text || meta::text as text from events')
  t.notMatch(JSON.stringify(everything.rows), secret)
})

t.test('a key expires when it was told to', async (t) => {
  const { cli, pool } = await openInstallation(t)
  const before = systemClock.now()
  await make(cli, '--role', 'ingest', '--expires', '90d')
  const { rows } = await pool.query('select expires_at from api_keys')
  const sinceMs = rows[0].expires_at.getTime() - before - 90 * DAY_MS
  t.ok(sinceMs >= 0 && sinceMs < 60_000, `${sinceMs} ms`)
})

t.test('the log tells who made and revoked a key, by an opaque id, and on which way', async (t) => {
  const { cli, pool } = await openInstallation(t)
  const { keyId } = await make(cli, '--role', 'ci', '--name', 'deploy pipeline')
  await cli('keys', 'revoke', keyId)
  const { rows } = await pool.query(
    'select type, stream_id, version, meta from events order by position',
  )
  t.match(rows, [
    { type: 'access.key_created', stream_id: `key-${keyId}`, version: 1, meta: { via: 'cli' } },
    { type: 'access.key_revoked', stream_id: `key-${keyId}`, version: 2, meta: { via: 'cli' } },
  ])
  const [{ meta: made }, { meta: revoked }] = rows
  t.match(made.actor, { kind: 'person', id: /^person_[0-9a-f]{32}$/u })
  t.strictSame(revoked.actor, made.actor, 'the same person')
  t.notMatch(JSON.stringify(rows), 'deploy pipeline', 'names stay where they can be erased')
})

t.test('the list tells which keys are in force, with the names of key and maker', async (t) => {
  const { cli } = await openInstallation(t)
  const one = await make(cli, '--role', 'ci', '--name', 'deploy pipeline')
  const other = await make(cli, '--role', 'ops_viewer', '--scope', 'guard:read')
  await cli('keys', 'revoke', one.keyId)
  const { exit, out } = await cli('keys', 'list')
  t.equal(exit, 0)
  const rows = out.trimEnd().split('\n')
  t.match(rows[0], /^KEY +STATUS +ROLE +EXPIRES +CREATED +BY +NAME +ONLY$/u)
  t.match(rows[1], new RegExp(`^${other.keyId} +active +ops_viewer +never .* - +guard:read$`, 'u'))
  t.match(rows[2], new RegExp(`^${one.keyId} +revoked +ci +never .* deploy pipeline +-$`, 'u'))
  t.notMatch(out, one.secret)
  const { out: json } = await cli('keys', 'list', '--json')
  t.match(JSON.parse(json), [
    { key_id: other.keyId, status: 'active', scopes: ['guard:read'], name: null, revoked_at: null },
    { key_id: one.keyId, status: 'revoked', name: 'deploy pipeline', revoked_at: /Z$/u },
  ])
  t.notMatch(json, 'secret')
})

t.test('a key whose time is over is told as expired', async (t) => {
  const { connectionString } = await createDatabase(t)
  const env = { DATABASE_URL: connectionString }
  const made = await callCli(['keys', 'create', '--role', 'ci', '--expires', '1m'], { env })
  t.equal(made.exit, 0)
  const clock = { now: () => (systemClock.now() + DAY_MS) as ReturnType<typeof systemClock.now> }
  const { out } = await callCli(['keys', 'list'], { env, clock })
  t.match(out, / expired /u)
})

t.test('revoking a key again changes nothing, and its token names it too', async (t) => {
  const { cli, pool } = await openInstallation(t)
  const { keyId, token } = await make(cli, '--role', 'ci')
  t.match(await cli('keys', 'revoke', token), { exit: 0, out: `Key ${keyId} is revoked.\n` })
  t.match(await cli('keys', 'revoke', keyId), {
    exit: 0,
    out: `Key ${keyId} was revoked before.\n`,
  })
  const { rows } = await pool.query('select from events')
  t.equal(rows.length, 2)
})

t.test('a key that does not exist is a no', async (t) => {
  const { cli } = await openInstallation(t)
  t.strictSame(await cli('keys', 'revoke', 'nobody'), {
    exit: 1,
    out: '',
    err: 'portcullis: there is no key "nobody". `portcullis keys list` shows all.\n',
  })
})

t.test('without keys the list says how to make one', async (t) => {
  const { cli } = await openInstallation(t)
  t.match(await cli('keys', 'list'), { exit: 0, out: /^There is no API key\./u })
  t.match(await cli('keys', 'list', '--json'), { exit: 0, out: '[]\n' })
})

t.test('a key that could not be what was meant is not made', async (t) => {
  const { cli, pool } = await openInstallation(t)
  const rows = [
    [[], '--role is missing: take one of ops_admin, ops_viewer, ci, ingest.'],
    [['--role', 'root'], '"root" is no role: take one of ops_admin, ops_viewer, ci, ingest.'],
    [
      ['--role', 'ci', '--scope', 'queues:write'],
      'ci does not have "queues:write", only guard:read, releases:write.',
    ],
    [
      ['--role', 'ci', '--expires', 'soon'],
      '--expires soon: give a span from 1m to 3650d, like 90d or 12h.',
    ],
    [
      ['--role', 'ci', '--expires', '3651d'],
      '--expires 3651d: give a span from 1m to 3650d, like 90d or 12h.',
    ],
    [['--role', 'ci', '--name', ''], 'the name must be one line of 1 to 128 characters.'],
    [['--role', 'ci', '--name', 'two\nlines'], 'the name must be one line of 1 to 128 characters.'],
  ] as const
  for (const [options, sentence] of rows) {
    const answer = await cli('keys', 'create', ...options)
    t.strictSame(answer, { exit: 2, out: '', err: `portcullis: ${sentence}\n` })
  }
  const { rows: keys } = await pool.query('select from api_keys')
  t.equal(keys.length, 0)
})

t.test('what cannot be appended leaves nothing behind', async (t) => {
  const { cli, pool } = await openInstallation(t)
  await pool.query('delete from log_heads')
  const { exit, out } = await cli('keys', 'create', '--role', 'ci', '--name', 'x')
  t.equal(exit, 1)
  t.equal(out, '', 'a token that would not work is not shown')
  const { rows } = await pool.query('select from people')
  t.equal(rows.length, 0)
})

t.test('a database without a schema is refused in a sentence', async (t) => {
  const { connectionString } = await createDatabase(t, { migrated: false })
  t.strictSame(await callCli(['keys', 'list'], { env: { DATABASE_URL: connectionString } }), {
    exit: 1,
    out: '',
    err: 'portcullis: The database has no schema of this version yet: run `portcullis migrate`.\n',
  })
})

t.test('no connection outlives a command', async (t) => {
  const { cli, pool } = await openInstallation(t)
  await cli('keys', 'list')
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int from pg_stat_activity
     where datname = current_database() and application_name = 'portcullis cli'`,
  )
  t.equal(rows[0]?.count, 0)
  t.type(pool, pg.Pool)
})
