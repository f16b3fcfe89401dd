import type { EpochMs } from '@portcullis/contracts'
import t from 'tap'

import { pauseOf } from './pause.ts'

const at = (instant: string): EpochMs => Date.parse(instant) as EpochMs

t.test('without an expression nothing is ever paused', async (t) => {
  t.equal(pauseOf(undefined)(at('2026-01-05T03:00:00Z')), false)
})

t.test('every instant of a named minute is paused, in UTC, and no other', async (t) => {
  const isPaused = pauseOf('30-31 0-6 * * 1-5')
  const table: readonly (readonly [string, boolean])[] = [
    ['2026-01-05T03:29:59.999Z', false],
    ['2026-01-05T03:30:00.000Z', true],
    ['2026-01-05T03:31:59.999Z', true],
    ['2026-01-05T03:32:00.000Z', false],
    ['2026-01-05T07:30:00.000Z', false],
    ['2026-01-04T03:30:00.000Z', false],
  ]
  for (const [instant, expected] of table) t.equal(isPaused(at(instant)), expected, instant)
})

t.test('an expression that means nothing is refused', async (t) => {
  t.throws(() => pauseOf('61 0 * * *'))
})
