import t from 'tap'

import { CHAIN_START, hashOfEvent } from './event-hash.ts'
import { golden } from './fixtures.ts'
import { type EventVector, rowOf } from './golden/event-vector.ts'

t.test('the hash of an event is that of the golden vectors', async (t) => {
  for (const vector of golden<EventVector>('event-hashes')) {
    const { project, position, previousHash, hash } = vector
    t.equal(hashOfEvent(project, rowOf(vector), previousHash), hash, `${project} ${position}`)
  }
})

t.test('the chain starts with the hash of nothing', async (t) => {
  t.equal(CHAIN_START, golden<EventVector>('event-hashes')[0]?.previousHash)
})

t.test('no two events share a preimage, wherever a text ends', async (t) => {
  const [first] = golden<EventVector>('event-hashes')
  const row = rowOf(first!)
  const one = hashOfEvent(first!.project, { ...row, data: '1,2:', meta: '3' }, CHAIN_START)
  const other = hashOfEvent(first!.project, { ...row, data: '1', meta: ',2:3' }, CHAIN_START)
  t.not(one, other)
})
