import { METRIC_SHARDS, type ProjectId, type ServiceName } from '@portcullis/contracts'
import t from 'tap'

import { jobIdFor } from './job-id-for.ts'
import { ALL_QUEUES, carriesData, METRIC_QUEUES, redisPrefixOf } from './names.ts'
import { shardOf } from './shard-of.ts'

/** CRC16-CCITT (XMODEM) of what is in the braces, modulo 16384: the Redis Cluster specification. */
function slotOf(key: string): number {
  const tag = /\{([^}]+)\}/u.exec(key)?.[1] ?? key
  let crc = 0
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
    crc &= 0xffff
  }
  return crc % 16_384
}

t.test('the slot function is the one of the specification', async (t) => {
  t.equal(slotOf('123456789'), 0x31c3)
})

t.test('every queue has a slot of its own on a cluster', async (t) => {
  const slots = ALL_QUEUES.map((queue) => slotOf(`${redisPrefixOf(queue)}:${queue}:wait`))
  t.equal(new Set(slots).size, ALL_QUEUES.length)
  for (const queue of ALL_QUEUES) t.notMatch(queue, /:/u, 'BullMQ refuses names with a colon')
})

t.test('the metric queues spread over three primaries', async (t) => {
  const primaries = METRIC_QUEUES.map((queue) => Math.floor(slotOf(redisPrefixOf(queue)) / 5_462))
  t.equal(new Set(primaries).size, 3)
})

t.test('only jobs of request metrics carry data', async (t) => {
  t.same(ALL_QUEUES.filter(carriesData), METRIC_QUEUES)
  t.equal(METRIC_QUEUES.length, METRIC_SHARDS)
})

t.test('a service stays on its shard for ever', async (t) => {
  const golden = [
    ['default', 'shop', 0],
    ['default', 'checkout', 1],
    ['default', 'search', 3],
    ['default', 'Überweisung ✓', 0],
    ['other', 'shop', 2],
  ] as const
  for (const [project, service, shard] of golden) {
    t.equal(shardOf(project as ProjectId, service as ServiceName), shard, `${project} ${service}`)
  }
})

t.test('services spread over all shards', async (t) => {
  const counts = Array.from({ length: METRIC_SHARDS }, () => 0)
  for (let i = 0; i < 4_000; i += 1) {
    counts[shardOf('default' as ProjectId, `service-${i}` as ServiceName)]! += 1
  }
  for (const count of counts) t.ok(count > 900 && count < 1_100, String(count))
})

t.test('a job id is made of what the job is about, and BullMQ takes it', async (t) => {
  const id = jobIdFor('batch', 'default', 'key-1', 'b-1')
  t.equal(id, 'batch-96keUTi-OGnHWLYR7xWVj2')
  t.match(id, /^batch-[\w-]{22}$/u)
  t.not(jobIdFor('batch', 'default', 'key-1b', '-1'), id, 'parts do not run into each other')
  t.throws(() => jobIdFor('a:b'), /no kind of job/u)
  t.throws(() => jobIdFor('7'), /no kind of job/u)
})
