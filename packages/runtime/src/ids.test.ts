import type { EpochMs } from '@portcullis/contracts'
import t from 'tap'

import { randomToken, randomUuid, timeOrderedUuid } from './ids.ts'

t.test('a time-ordered UUID has version 7, the RFC variant, and its time in front', async (t) => {
  const id = timeOrderedUuid(0x017f22e279b0 as EpochMs)
  t.match(id, /^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u)
})

t.test('time-ordered UUIDs sort by their time', async (t) => {
  const ids = [1_000, 1_001, 4_000_000_000, 1_790_000_000_000].map((at) =>
    timeOrderedUuid(at as EpochMs),
  )
  t.strictSame(ids.toSorted(), ids)
})

t.test('a random UUID has version 4', async (t) => {
  t.match(randomUuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u)
})

t.test('a token is base64url of as many bytes as were asked for', async (t) => {
  t.equal(Buffer.from(randomToken(32), 'base64url').length, 32)
  t.not(randomToken(32), randomToken(32))
})
