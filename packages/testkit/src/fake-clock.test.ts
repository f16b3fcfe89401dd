import type { EpochMs } from '@portcullis/contracts'
import t from 'tap'

import { fakeClock } from './fake-clock.ts'

t.test('a fake clock stands still until it is moved', async (t) => {
  const clock = fakeClock(1_000 as EpochMs)
  t.equal(clock.now(), 1_000)
  clock.advance(500)
  t.equal(clock.now(), 1_500)
  clock.advance(-1_000)
  t.equal(clock.now(), 500)
  clock.set(9 as EpochMs)
  t.equal(clock.now(), 9)
})

t.test('a fake clock starts on a Monday morning', async (t) => {
  t.equal(new Date(fakeClock().now()).toUTCString(), 'Mon, 05 Jan 2026 09:00:00 GMT')
})
