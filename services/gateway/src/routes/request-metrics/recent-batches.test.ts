import t from 'tap'

import { RecentBatches } from './recent-batches.ts'

const ANSWER = { batch_id: 'b', accepted: 1, rejected: [] }

t.test('what was accepted is known, until others need the room', async (t) => {
  const recent = new RecentBatches(2_000)
  const bodyHash = '0'.repeat(64)
  for (let n = 0; n < 10; n += 1) recent.add(`id-${n}`, { bodyHash, answer: ANSWER })
  t.equal(recent.get('id-0'), undefined)
  t.match(recent.get('id-9'), { bodyHash, answer: ANSWER })
})

t.test('a batch with many rejections takes the room of many', async (t) => {
  const recent = new RecentBatches(100_000)
  const rejected = Array.from({ length: 1_000 }, (_, index) => ({ index, error: 'x'.repeat(80) }))
  recent.add('small', { bodyHash: '', answer: ANSWER })
  recent.add('large', { bodyHash: '', answer: { ...ANSWER, rejected } })
  t.equal(recent.get('small'), undefined)
})

t.test('the same id again takes no more room', async (t) => {
  const recent = new RecentBatches(1_500)
  recent.add('other', { bodyHash: '', answer: ANSWER })
  for (let n = 0; n < 100; n += 1) recent.add('same', { bodyHash: String(n), answer: ANSWER })
  t.ok(recent.get('other'))
  t.equal(recent.get('same')?.bodyHash, '99')
})
