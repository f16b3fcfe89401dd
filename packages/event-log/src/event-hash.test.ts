import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'

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

t.test('the worked example of the data model is the first golden vector', async (t) => {
  const page = readFileSync(new URL('../../../docs/data-model.md', import.meta.url), 'utf8')
  const [, example] = /```preimage\n(.*?)```/su.exec(page) ?? []
  const [first] = golden<EventVector>('event-hashes')
  t.equal(hash('sha256', example!.replaceAll('\n', ''), 'hex'), first!.hash)
  t.match(page, first!.hash)
})
