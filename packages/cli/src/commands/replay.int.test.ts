import { createDatabase } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import { callCli } from '../../test/call-cli.ts'

/** An installation with a made and a revoked key in its log. */
async function openInstallation(t: Test) {
  const { connectionString, pool } = await createDatabase(t)
  const env = { DATABASE_URL: connectionString }
  const cli = (...argv: string[]) => callCli(argv, { env })
  await cli('keys', 'create', '--role', 'ci')
  const { rows } = await pool.query<{ key_id: string }>('select key_id from api_keys')
  const [{ key_id: keyId }] = rows as [{ key_id: string }]
  await cli('keys', 'revoke', keyId)
  return { pool, cli, keyId }
}

t.test('projections that are what the log says are told as that', async (t) => {
  const { cli } = await openInstallation(t)
  t.strictSame(await cli('replay', '--verify'), {
    exit: 0,
    out: 'Every projection is what the log says: folded 2 events and 0 batches again.\n',
    err: '',
  })
})

t.test('a changed row is shown with what is stored and what the log says', async (t) => {
  const { cli, pool, keyId } = await openInstallation(t)
  await pool.query(`update api_keys set role = 'ops_admin'`)
  const { exit, out } = await cli('replay', '--verify')
  t.equal(exit, 1)
  t.match(out, /^TABLE +ROW +COLUMN +STORED +REBUILT$/mu)
  t.match(out, new RegExp(`^api_keys +${keyId} +role +ops_admin +ci$`, 'mu'))
  t.match(out, /^Projections are not what the log says: 1 row differs /mu)
  const json = await cli('replay', '--verify', '--json')
  t.equal(json.exit, 1)
  t.match(JSON.parse(json.out), { events: 2, differences: [{ table: 'api_keys' }] })
})

t.test('a replay mends what was changed, and says how much', async (t) => {
  const { cli, pool } = await openInstallation(t)
  t.match(await cli('replay'), {
    exit: 0,
    out: 'Replayed 2 events and 0 batches: every row was right.\n',
  })
  await pool.query('delete from api_keys')
  t.match(await cli('replay'), {
    exit: 0,
    out: 'Replayed 2 events and 0 batches: 1 row mended.\n',
  })
  t.match(await cli('replay', '--verify'), { exit: 0 })
  t.match(JSON.parse((await cli('replay', '--json')).out), { events: 2, batches: 0, mended: 0 })
})

t.test('a broken chain is not replayed', async (t) => {
  const { cli, pool } = await openInstallation(t)
  await pool.query(`update events set type = 'access.key_created' where position = 2`)
  for (const options of [[], ['--verify']]) {
    const { exit, out, err } = await cli('replay', ...options)
    t.strictSame({ exit, out }, { exit: 1, out: '' })
    t.match(err, /^portcullis: .* 2 /u)
  }
})
