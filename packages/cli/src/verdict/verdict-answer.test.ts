import t from 'tap'

import { verdictBody } from '../../test/replies.ts'
import { answerOf, VerdictAnswer } from './verdict-answer.ts'

t.test('what is optional is read where it can be, and never spoils the verdict', async (t) => {
  const rows = [
    [{}, null, []],
    [{ opens_at: null, needs: [] }, null, []],
    [
      { opens_at: '2026-11-30T13:03:20+01:00', needs: ['299 requests'] },
      '2026-11-30T13:03:20+01:00',
      ['299 requests'],
    ],
    [{ opens_at: 'soon', needs: 'patience' }, null, []],
    [{ opens_at: 17, needs: [{ requests: 299 }] }, null, []],
  ] as const
  for (const [more, opens_at, needs] of rows) {
    t.match(VerdictAnswer.parse(verdictBody(more)), { opens_at, needs })
  }
})

t.test(
  'what a verdict says is told by outcome and pass together, and a fail never passes',
  async (t) => {
    const rows = [
      ['pass', true, 'pass'],
      ['pass', false, 'fail'],
      ['fail', false, 'fail'],
      ['fail', true, 'fail'],
      ['undecided', false, 'undecided'],
      // A policy may let it through.
      ['undecided', true, 'pass'],
    ] as const
    for (const [outcome, pass, answer] of rows) {
      t.equal(answerOf(VerdictAnswer.parse(verdictBody({ outcome, pass }))), answer)
    }
  },
)
