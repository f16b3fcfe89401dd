import type { NotificationId } from '@portcullis/contracts'
import type { AttemptAnswer } from '@portcullis/domain'
import t from 'tap'

import { untilGone } from './until-gone.ts'

const ATTEMPT = { id: 'ntf_1' as NotificationId, at: new Date(0), body: '{}' }

function answering(statuses: number[]) {
  const sent: number[] = []
  return {
    sent,
    channel: {
      name: 'webhook',
      send: async (): Promise<AttemptAnswer> => {
        const status = statuses.shift()!
        sent.push(status)
        return { kind: 'answered', status, retryAfterMs: null }
      },
    },
  }
}

t.test('a receiver that is gone is not sent to again, and is told of once', async (t) => {
  const { sent, channel } = answering([204, 503, 410, 204])
  const gone: string[] = []
  const guarded = untilGone(channel, (name) => void gone.push(name))
  const signal = AbortSignal.timeout(1_000)
  const statuses: number[] = []
  for (let nth = 0; nth < 5; nth += 1) {
    const answer = await guarded.send(ATTEMPT, signal)
    if (answer.kind === 'answered') statuses.push(answer.status)
  }
  t.strictSame(statuses, [204, 503, 410, 410, 410])
  t.strictSame(sent, [204, 503, 410])
  t.strictSame(gone, ['webhook'])
})
