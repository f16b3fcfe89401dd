// needs: redis-server
import { type RedisOptions, startRedis, type TestScope } from '@portcullis/testkit'
import { Redis } from 'ioredis'
import t from 'tap'

import { openOn, QUEUE } from '../test/open-for-test.ts'
import { createProducer } from './index.ts'

async function warningsOf(t: TestScope, options: RedisOptions): Promise<string[]> {
  const { url } = await startRedis(t, options)
  return openOn(t, { kind: 'redis', url }).backend.check()
}

t.test('a Redis that keeps everything passes without a word', async (t) => {
  t.same(await warningsOf(t, { appendfsync: 'always' }), [])
})

t.test('a Redis that keeps nothing, or now and then, is warned of', async (t) => {
  const settings = { 'maxmemory-policy': 'allkeys-lru' }
  const [nothing, evicts] = await warningsOf(t, { settings })
  t.match(nothing, /appendonly no/u)
  t.match(evicts, /allkeys-lru/u)
  t.match(await warningsOf(t, { appendfsync: 'everysec' }), [/appendfsync everysec/u])
})

t.test('a Redis that forbids CONFIG is warned of and used', async (t) => {
  const { url, port } = await startRedis(t, { appendfsync: 'always' })
  const admin = new Redis(url)
  await admin.acl('SETUSER', 'plain', 'on', '>secret', '~*', '&*', '+@all', '-config')
  admin.disconnect()
  const { backend } = openOn(t, { kind: 'redis', url: `redis://plain:secret@127.0.0.1:${port}` })
  t.match(await backend.check(), [/CONFIG is forbidden/u])
  await createProducer(backend, QUEUE).add({ jobId: 'note-1', message: { text: 'x' } })
})

t.test('a Redis that is not there is an error', async (t) => {
  const { backend } = openOn(t, { kind: 'redis', url: 'redis://127.0.0.1:1' })
  await t.rejects(backend.check(), /ECONNREFUSED/u)
})
