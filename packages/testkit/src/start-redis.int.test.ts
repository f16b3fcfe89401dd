// needs: redis-server
import { Redis } from 'ioredis'
import t from 'tap'

import { startRedis } from './start-redis.ts'
import type { TestScope } from './test-scope.ts'

function connect(t: TestScope, url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => 20 })
  redis.on('error', () => {})
  t.teardown(async () => redis.disconnect())
  return redis
}

t.test('what was written survives a kill when every write is synced', async (t) => {
  const server = await startRedis(t, { appendfsync: 'always' })
  const redis = connect(t, server.url)
  await redis.set('key', 'value')
  await server.kill()
  await server.start()
  t.equal(await redis.get('key'), 'value')
})

t.test('without an append-only file a kill forgets everything', async (t) => {
  const server = await startRedis(t)
  const redis = connect(t, server.url)
  await redis.set('key', 'value')
  await server.kill()
  await server.start()
  t.equal(await redis.get('key'), null)
})

t.test('a paused server answers once it is resumed', async (t) => {
  const server = await startRedis(t)
  const redis = connect(t, server.url)
  await redis.ping()
  server.pause()
  let isAnswered = false
  const answer = redis.ping().then((text) => {
    isAnswered = true
    return text
  })
  t.equal(isAnswered, false)
  server.resume()
  t.equal(await answer, 'PONG')
})
