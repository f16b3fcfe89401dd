import { type EpochMs, eventSchemas, type NotificationId, SECOND_MS } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { type AttemptAnswer, decideDelivery } from './decide-delivery.ts'

const NOW = 1_900_000_000_000 as EpochMs
const NOTIFICATION = { notificationId: 'ntf_1_a_b_0' as NotificationId, channel: 'webhook' }

function answered(status: number, retryAfterMs: number | null = null): AttemptAnswer {
  return { kind: 'answered', status, retryAfterMs }
}

function decide(answer: AttemptAnswer, attempts: number) {
  return decideDelivery({ notification: NOTIFICATION, attempts, answer }, { now: NOW, jitter: 0 })
}

// What becomes of the first and of the tenth attempt, by answer.
const TABLE = `
  answer | first attempt | tenth attempt
  200    | delivered     | delivered
  204    | delivered     | delivered
  299    | delivered     | delivered
  199    | retry         | failed
  301    | retry         | failed
  307    | retry         | failed
  400    | retry         | failed
  401    | retry         | failed
  404    | retry         | failed
  408    | retry         | failed
  410    | gone          | gone
  429    | retry         | failed
  500    | retry         | failed
  502    | retry         | failed
  503    | retry         | failed
  504    | retry         | failed
`

t.test('an answer delivers, is tried again, or ends it', async (t) => {
  const [, ...rows] = TABLE.split('\n').filter((line) => line.includes('|'))
  for (const row of rows) {
    const [status, first, tenth] = row.split('|').map((cell) => cell.trim())
    t.equal(outcomeOf(answered(Number(status)), 1), first, `${row} (first)`)
    t.equal(outcomeOf(answered(Number(status)), 10), tenth, `${row} (tenth)`)
  }
})

function outcomeOf(answer: AttemptAnswer, attempts: number): string {
  const decision = decide(answer, attempts)
  if ('retryAt' in decision) return 'retry'
  if (decision.isReceiverGone) return 'gone'
  return decision.receipt.type.replace('notification.', '')
}

t.test('a receipt says what was delivered, and after how many attempts', async (t) => {
  const facts = { ...NOTIFICATION, attempts: 3, at: NOW }
  t.strictSame(decide(answered(202), 3), {
    receipt: { type: 'notification.delivered', data: facts },
    isReceiverGone: false,
  })
  t.strictSame(decide(answered(410), 3), {
    receipt: { type: 'notification.failed', data: { ...facts, reason: 'answered 410' } },
    isReceiverGone: true,
  })
})

t.test('a retry says when and why, and keeps to Retry-After', async (t) => {
  t.strictSame(decide(answered(500), 1), {
    retryAt: NOW + 5 * SECOND_MS,
    reason: 'answered 500',
  })
  t.match(decide(answered(429, 90 * SECOND_MS), 1), { retryAt: NOW + 90 * SECOND_MS })
})

t.test('what is not sent, because its receiver is gone, has failed', async (t) => {
  const reason = 'not sent: the receiver answered 410 before'
  t.match(decide({ kind: 'gone' }, 1), {
    receipt: { type: 'notification.failed', data: { reason } },
    isReceiverGone: false,
  })
})

t.test('no answer in time is tried again', async (t) => {
  t.strictSame(decide({ kind: 'timed out' }, 1), {
    retryAt: NOW + 5 * SECOND_MS,
    reason: 'no answer in time',
  })
})

t.test('no answer is tried again, and told in the end', async (t) => {
  const refused: AttemptAnswer = { kind: 'unanswered', error: 'connect ECONNREFUSED' }
  t.strictSame(decide(refused, 1), {
    retryAt: NOW + 5 * SECOND_MS,
    reason: 'connect ECONNREFUSED',
  })
  t.match(decide(refused, 10), { receipt: { data: { reason: 'connect ECONNREFUSED' } } })
})

t.test('whatever text an error has, its receipt can be stored', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000, size: 'max' }), (text) => {
        const decision = decide({ kind: 'unanswered', error: `${text}\u0000\ud83d` }, 10)
        if (!('receipt' in decision) || decision.receipt.type === 'notification.delivered') {
          return false
        }
        const { reason } = eventSchemas['notification.failed'].parse(decision.receipt.data)
        return reason.isWellFormed() && !reason.includes('\u0000')
      }),
    ),
  )
})
