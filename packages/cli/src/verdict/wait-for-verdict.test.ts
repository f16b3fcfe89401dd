// Goal: a wait ends with the right reply at the right moment. Method: replies are given in a row, and
// time passes only in pauses and in questions that hang.
import t from 'tap'

import { type FakePace, fakePace } from '../../test/fake-pace.ts'
import { answered, unanswered } from '../../test/replies.ts'
import type { Reply } from './ask-verdict.ts'
import { waitForVerdict } from './wait-for-verdict.ts'

const pass = answered()
const fail = answered({ outcome: 'fail' })
const undecided = answered({ outcome: 'undecided' })
const away = unanswered()
/** No reply until the limit of the question is over. */
const HANGS = 'hangs'

interface Waited {
  readonly waitMs: number
  readonly failFast?: boolean
}

/** Gives the replies in turn, the last one for ever, and tells how the wait went. */
async function waited(replies: readonly (Reply | typeof HANGS)[], given: Waited) {
  const pace: FakePace = fakePace()
  const told: Reply[] = []
  let asked = 0
  const ask = async (): Promise<Reply> => {
    const reply = replies[Math.min(asked, replies.length - 1)]!
    asked += 1
    if (reply !== HANGS) return reply
    pace.expire()
    return away
  }
  const onReply = (reply: Reply): void => void told.push(reply)
  const limits = { waitMs: given.waitMs, failFast: given.failFast ?? false }
  const end = await waitForVerdict({ ask, pace, onReply }, limits)
  return { ...end, asked, told, pace }
}

t.test('a pass ends the wait at once', async (t) => {
  const { reply, asked, told, pace } = await waited([pass], { waitMs: 900_000 })
  t.equal(reply, pass)
  t.strictSame([asked, told.length, pace.pauses.length], [1, 0, 0])
})

t.test('a verdict that fails may still turn', async (t) => {
  const { reply, asked, told, pace } = await waited([fail, undecided, fail, pass], {
    waitMs: 900_000,
  })
  t.equal(reply, pass)
  t.equal(asked, 4)
  t.strictSame(told, [fail, undecided, fail])
  t.strictSame(pace.pauses, [10_000, 10_000, 10_000])
})

t.test('at the deadline the last answer decides', async (t) => {
  for (const last of [fail, undecided, away]) {
    const { reply, pace } = await waited([last === fail ? undecided : fail, last], {
      waitMs: 60_000,
    })
    t.equal(reply, last)
    t.ok(pace.elapsedMs() <= 60_000)
    t.ok(pace.elapsedMs() >= 58_000, 'and it is not given up long before')
  }
})

t.test('the last question is asked a second before the deadline', async (t) => {
  //            wait,   pauses
  const table: [number, number[]][] = [
    [1_000, []],
    [1_999, []],
    [2_000, [1_000]],
    [5_000, [4_000]],
    [15_000, [10_000, 4_000]],
    [21_500, [10_000, 10_000]],
    [22_000, [10_000, 10_000, 1_000]],
  ]
  for (const [waitMs, pauses] of table) {
    t.strictSame((await waited([fail], { waitMs })).pace.pauses, pauses, String(waitMs))
  }
})

t.test('with --fail-fast a fail ends the wait, and what is undecided does not', async (t) => {
  const given = { waitMs: 60_000, failFast: true }
  const { reply, asked } = await waited([undecided, away, fail, pass], given)
  t.equal(reply, fail)
  t.equal(asked, 3)
})

t.test('a gateway that is away is asked again and again, less and less often', async (t) => {
  const { reply, pace } = await waited([away, away, away, away, fail, away, pass], {
    waitMs: 900_000,
  })
  t.equal(reply, pass)
  t.strictSame(pace.pauses, [1_000, 2_000, 4_000, 7_500, 10_000, 1_000])
})

t.test('a Retry-After is honoured up to the last question', async (t) => {
  const busy = unanswered({ retryAfterMs: 3_600_000 })
  const { reply, pace } = await waited([busy, pass], { waitMs: 900_000 })
  t.equal(reply, pass)
  t.strictSame(pace.pauses, [899_000])
})

t.test('a question hangs for ten seconds at most, and never past the deadline', async (t) => {
  const { reply, pace } = await waited([HANGS], { waitMs: 25_000 })
  t.equal(reply, away)
  t.strictSame(pace.limits, [10_000, 10_000, 2_000])
  t.equal(pace.elapsedMs(), 25_000)
})

t.test('a question that the deadline cut off does not outweigh the answer before it', async (t) => {
  const { reply } = await waited([fail, HANGS], { waitMs: 15_000 })
  t.equal(reply, fail)
  const long = await waited([fail, HANGS], { waitMs: 60_000 })
  t.equal(long.reply, away, 'one that hung for its whole time does')
  t.equal(long.lastVerdict, fail, 'and what the gateway said before is told')
})
