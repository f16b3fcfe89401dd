import fc from 'fast-check'
import t from 'tap'

import { answered, unanswered } from '../../test/replies.ts'
import { pauseMsAfter } from './pause-after.ts'

t.test(
  'after a verdict it is asked again when the gateway says, or when it could open',
  async (t) => {
    // As of 12:00:00.
    const table: [string | null, number | undefined, number][] = [
      [null, undefined, 10_000],
      [null, 10_000, 10_000],
      [null, 0, 1_000],
      [null, 60_000, 15_000],
      ['2026-11-30T12:00:04Z', 10_000, 4_000],
      ['2026-11-30T13:00:04+01:00', undefined, 4_000],
      ['2026-11-30T12:00:00.200Z', 10_000, 1_000],
      ['2026-11-30T12:00:12Z', 10_000, 10_000],
      ['2026-12-04T06:00:00Z', undefined, 10_000],
      ['2026-11-30T11:59:00Z', 10_000, 10_000],
      ['soon', 10_000, 10_000],
    ]
    for (const [opens_at, retryAfterMs, pauseMs] of table) {
      const reply = answered({ outcome: 'fail', opens_at }, retryAfterMs)
      t.equal(
        pauseMsAfter(reply, { silences: 0, share: 0.5 }),
        pauseMs,
        `${opens_at} ${retryAfterMs}`,
      )
    }
  },
)

t.test('without a verdict the pause doubles, and is spread over its upper half', async (t) => {
  //           silences, Retry-After, share, pause
  const table: [number, number | undefined, number, number][] = [
    [1, undefined, 0, 1_000],
    [1, undefined, 0.5, 1_500],
    [2, undefined, 0, 2_000],
    [3, undefined, 0.25, 5_000],
    [4, undefined, 0, 7_500],
    [4, undefined, 0.9, 14_250],
    [5_000, undefined, 0, 7_500],
    [1, 0, 0.5, 1_000],
    [1, 20_000, 0, 20_000],
    [9, 120_000, 0.5, 135_000],
  ]
  for (const [silences, retryAfterMs, share, pauseMs] of table) {
    t.equal(pauseMsAfter(unanswered({ retryAfterMs }), { silences, share }), pauseMs)
  }
})

t.test('no pause is shorter than a second, nor than the Retry-After of a refusal', async (t) => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const wanted = fc.option(fc.integer({ min: 0, max: 86_400_000 }), { nil: undefined })
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), wanted, share, (silences, asked, part) => {
        const circumstances = { silences, share: part }
        const refused = pauseMsAfter(unanswered({ retryAfterMs: asked }), circumstances)
        const judged = pauseMsAfter(answered({ outcome: 'fail' }, asked), circumstances)
        return refused >= Math.max(1_000, asked ?? 0) && judged >= 1_000 && judged <= 15_000
      }),
    )
  })
})
