import t from 'tap'

import { redisRefusal, redisWarnings } from './redis-durability.ts'

const SAFE = {
  version: '7.0.15',
  appendonly: 'yes',
  appendfsync: 'always',
  maxmemoryPolicy: 'noeviction',
}

t.test('a Redis that syncs every write and evicts nothing needs no warning', async (t) => {
  t.same(redisWarnings(SAFE), [])
})

t.test('each way to lose metrics has a warning that names it', async (t) => {
  const rows = [
    [{ appendonly: 'no' }, /appendonly no/u],
    [{ appendfsync: 'everysec' }, /appendfsync everysec/u],
    [{ maxmemoryPolicy: 'allkeys-lru' }, /maxmemory-policy allkeys-lru/u],
    [
      { appendonly: undefined, appendfsync: undefined, maxmemoryPolicy: undefined },
      /CONFIG is forbidden/u,
    ],
  ] as const
  for (const [difference, text] of rows) {
    const warnings = redisWarnings({ ...SAFE, ...difference })
    t.equal(warnings.length, 1)
    t.match(warnings[0], text)
  }
})

t.test('a Redis before 6.2 is refused', async (t) => {
  for (const version of ['5.0.14', '6.0.16']) t.match(redisRefusal({ ...SAFE, version }), /6\.2/u)
  for (const version of ['6.2.0', '7.0.15', '8.0.1', undefined]) {
    t.equal(redisRefusal({ ...SAFE, version }), undefined)
  }
})
