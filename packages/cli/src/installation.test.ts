import { execFileSync } from 'node:child_process'

import t from 'tap'

import { findInstallation } from './installation.ts'

const ENV_FILE = [
  '# written by npm start',
  "DATABASE_URL='postgres://portcullis:pass@127.0.0.1:5544/portcullis'",
  "PORTCULLIS_URL='http://127.0.0.1:3001'",
  'export PORTCULLIS_TOKEN=token-of-the-first-admin',
  'PATH=/somewhere/else',
].join('\n')

t.test('what a running installation wrote down is used where nothing is set', async (t) => {
  const PORTCULLIS_DATA = t.testdir({ env: ENV_FILE })
  const { env, fromFile } = findInstallation({ PORTCULLIS_DATA, DATABASE_URL: '' })
  t.equal(env['DATABASE_URL'], 'postgres://portcullis:pass@127.0.0.1:5544/portcullis')
  t.equal(env['PORTCULLIS_TOKEN'], 'token-of-the-first-admin')
  t.equal(env['PATH'], undefined, 'and nothing else of the file')
  t.equal(env['PORTCULLIS_URL'], 'http://127.0.0.1:3001')
  t.strictSame(fromFile, ['DATABASE_URL', 'PORTCULLIS_TOKEN', 'PORTCULLIS_URL'])
})

t.test('a variable counts more than the file, one that names a file too', async (t) => {
  const PORTCULLIS_DATA = t.testdir({ env: ENV_FILE })
  const own = { PORTCULLIS_DATA, DATABASE_URL: 'postgres://elsewhere/x' }
  t.equal(findInstallation(own).env['DATABASE_URL'], 'postgres://elsewhere/x')
  const secret = { PORTCULLIS_DATA, DATABASE_URL_FILE: '/run/secrets/db' }
  t.equal(findInstallation(secret).env['DATABASE_URL'], undefined)
})

t.test('queues in Redis are found with the database that they belong to', async (t) => {
  const PORTCULLIS_DATA = t.testdir({ env: `${ENV_FILE}\nREDIS_URL='redis://127.0.0.1:6390'\n` })
  const redisFor = (env: Readonly<Record<string, string>>) =>
    findInstallation({ PORTCULLIS_DATA, ...env }).env['REDIS_URL']
  const same = 'postgres://portcullis:pass@127.0.0.1:5544/portcullis'
  t.equal(redisFor({}), 'redis://127.0.0.1:6390')
  t.equal(redisFor({ DATABASE_URL: same }), 'redis://127.0.0.1:6390')
  t.equal(redisFor({ DATABASE_URL: 'postgres://elsewhere/x' }), undefined)
  t.equal(redisFor({ DATABASE_URL_FILE: '/run/secrets/db' }), undefined)
  t.equal(redisFor({ REDIS_URL: 'redis://other' }), 'redis://other')
  t.equal(redisFor({ REDIS_CLUSTER: 'a:1' }), undefined)
})

t.test('the token of this machine is not sent to another one', async (t) => {
  const PORTCULLIS_DATA = t.testdir({ env: ENV_FILE })
  const tokenFor = (PORTCULLIS_URL: string) =>
    findInstallation({ PORTCULLIS_DATA, PORTCULLIS_URL }).env['PORTCULLIS_TOKEN']
  for (const here of ['http://localhost:3000', 'http://127.0.0.1:4000', 'http://[::1]:3000', '']) {
    t.equal(tokenFor(here), 'token-of-the-first-admin', here)
  }
  for (const there of ['https://portcullis.example', 'http://127.0.0.1.example', 'nonsense']) {
    t.equal(tokenFor(there), undefined, there)
  }
})

t.test('a value is what a shell would read', async (t) => {
  const value = "postgres://o'neill:p%20w@/db?host=/run/a b"
  const quoted = `'${value.replaceAll("'", String.raw`'\''`)}'`
  const PORTCULLIS_DATA = t.testdir({ env: `DATABASE_URL=${quoted}\n` })
  const inShell = execFileSync('sh', [
    '-c',
    '. "$0/env"; printf %s "$DATABASE_URL"',
    PORTCULLIS_DATA,
  ])
  t.equal(inShell.toString(), value)
  t.equal(findInstallation({ PORTCULLIS_DATA }).env['DATABASE_URL'], value)
})

t.test('no file is no installation; one that cannot be read says why', async (t) => {
  const nothing = findInstallation({ PORTCULLIS_DATA: t.testdir({}) })
  t.match(nothing, { fromFile: [], unreadable: undefined })
  // A folder in the file's place cannot be read by any account, root included.
  const PORTCULLIS_DATA = t.testdir({ env: {} })
  const { unreadable } = findInstallation({ PORTCULLIS_DATA })
  t.equal(unreadable, `${PORTCULLIS_DATA}/env cannot be read (EISDIR)`)
})
