import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'

import t from 'tap'

import { readToken, shellFileOf, writeShellFile } from './data-folder.ts'

const run = promisify(execFile)

t.test('a shell that loads the file has what it says, to the letter', async (t) => {
  const folder = t.testdir()
  const databaseUrl = `postgres://p:it's$HOME"@127.0.0.1:1/p`
  t.equal(await readToken(folder), undefined)
  const url = 'http://127.0.0.1:3001'
  await writeShellFile(folder, { databaseUrl, token: 'pc_secret', url })
  t.equal((await stat(shellFileOf(folder))).mode & 0o777, 0o600)
  t.equal(await readToken(folder), 'pc_secret')
  const script = `set -a; . ${shellFileOf(folder)}; printf '%s\\n' "$DATABASE_URL" "$PORTCULLIS_TOKEN" "$PORTCULLIS_URL"`
  const { stdout } = await run('sh', ['-c', script], { env: {} })
  t.equal(stdout, `${databaseUrl}\npc_secret\n${url}\n`)
})

t.test('it says where the queues are, unless they are in the database', async (t) => {
  const folder = t.testdir()
  const known = { databaseUrl: 'postgres://a', token: 'one' }
  await writeShellFile(folder, { ...known, redisUrl: 'redis://:s3cret@127.0.0.1:1' })
  t.match(
    await readFile(shellFileOf(folder), 'utf8'),
    /^REDIS_URL='redis:\/\/:s3cret@127\.0\.0\.1:1'$/mu,
  )
  await writeShellFile(folder, { ...known, redisCluster: 'a:1,b:2' })
  const text = await readFile(shellFileOf(folder), 'utf8')
  t.match(text, /^REDIS_CLUSTER='a:1,b:2'$/mu)
  t.notMatch(text, /REDIS_URL/u)
})

t.test('a later start writes it anew, whole', async (t) => {
  const folder = t.testdir()
  await writeShellFile(folder, { databaseUrl: 'postgres://a', token: 'one' })
  await writeShellFile(folder, { databaseUrl: 'postgres://b', token: 'two' })
  t.equal(await readToken(folder), 'two')
})
