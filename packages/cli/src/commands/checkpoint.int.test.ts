import { generateKeyPairSync } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createDatabase } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import { callCli } from '../../test/call-cli.ts'

function pemOf(pair: ReturnType<typeof generateKeyPairSync>): { key: string; public: string } {
  return {
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    public: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

const ours = pemOf(generateKeyPairSync('ed25519'))
const foreign = pemOf(generateKeyPairSync('ed25519'))
const rsa = pemOf(generateKeyPairSync('rsa', { modulusLength: 2_048 }))

/** An installation with two events, and a folder with keys. */
async function openInstallation(t: Test) {
  const { connectionString, pool } = await createDatabase(t)
  const env = { DATABASE_URL: connectionString }
  const cli = (...argv: string[]) => callCli(argv, { env })
  for (const role of ['ci', 'ingest']) await cli('keys', 'create', '--role', role)
  const folder = t.testdir({
    'key.pem': ours.key,
    'key.pub': ours.public,
    'foreign.pub': foreign.public,
    'rsa.pem': rsa.key,
    'rsa.pub': rsa.public,
  })
  const path = (name: string) => join(folder, name)
  const verify = (publicKey = 'key.pub', file = 'checkpoint.json') =>
    cli('verify', '--checkpoint', path(file), '--public-key', path(publicKey))
  return { pool, cli, path, verify }
}

t.test('a checkpoint that was signed holds while the log only grows', async (t) => {
  const { cli, path, verify } = await openInstallation(t)
  t.match(await cli('checkpoint', path('checkpoint.json'), '--key', path('key.pem')), {
    exit: 0,
    out: '',
    err: 'Signed the log at position 2.\n',
  })
  t.equal((await stat(path('checkpoint.json'))).mode & 0o777, 0o600)
  await cli('keys', 'create', '--role', 'ci')
  const { exit, out } = await verify()
  t.equal(exit, 0)
  t.match(out, /^log +3 events +intact\n.*^checkpoint +position 2 +intact$/msu)
  const { out: text } = await cli('checkpoint', '-', '--key', path('key.pem'))
  t.match(JSON.parse(text), { project: 'default', position: 3 })
})

t.test('a log that was rewritten, hashes and head with it, is not what was signed', async (t) => {
  const { cli, pool, path, verify } = await openInstallation(t)
  await cli('checkpoint', path('checkpoint.json'), '--key', path('key.pem'))
  const { rows } = await pool.query('select * from events order by position')
  await pool.query('delete from events')
  await pool.query(`update log_heads set position = 0, chain = sha256('')`)
  for (const event of rows) {
    await pool.query(
      `select append_events('default', array[$1], array[$2::int], array[$3], array[1::smallint], array[$4],
         array[$5], array[$6::timestamptz])`,
      [
        event.stream_id,
        event.version,
        event.type,
        JSON.stringify({ ...event.data, role: 'ops_admin' }),
        JSON.stringify(event.meta),
        event.occurred_at,
      ],
    )
  }
  t.match(await cli('verify'), { exit: 0 }, 'the chain holds')
  const { exit, out } = await verify()
  t.equal(exit, 1)
  t.match(out, /^checkpoint +position 2 +BROKEN$/mu)
  t.match(out, /^The log is not what was signed: another one ended at 2 on /mu)
})

t.test('a checkpoint of somebody else, or one that was altered, is told', async (t) => {
  const { cli, path, verify } = await openInstallation(t)
  await cli('checkpoint', path('checkpoint.json'), '--key', path('key.pem'))
  const told = /^The checkpoint was not signed with that key, or was altered since\.$/mu
  t.match(await verify('foreign.pub'), { exit: 1, out: told })
  const text = await readFile(path('checkpoint.json'), 'utf8')
  await writeFile(path('altered.json'), text.replace('"position": 2', '"position": 1'))
  t.match(await verify('key.pub', 'altered.json'), { exit: 1, out: told })
})

t.test('files that are not what they should be are refused in a sentence', async (t) => {
  const { cli, path, verify } = await openInstallation(t)
  const out = path('checkpoint.json')
  const refusals = [
    [cli('checkpoint', out), /--key is missing/u],
    [cli('checkpoint', out, '--key', path('gone.pem')), /cannot be read/u],
    [cli('checkpoint', out, '--key', path('key.pub')), /holds no private Ed25519 key/u],
    [cli('checkpoint', out, '--key', path('rsa.pem')), /holds no private Ed25519 key/u],
    [cli('verify', '--checkpoint', out), /--checkpoint and --public-key go together/u],
    [verify('rsa.pub'), /holds no public Ed25519 key/u],
    [verify('key.pub', 'key.pem'), /is not what `portcullis checkpoint` writes/u],
  ] as const
  for (const [answer, err] of refusals) t.match(await answer, { exit: 2, out: '', err })
})
