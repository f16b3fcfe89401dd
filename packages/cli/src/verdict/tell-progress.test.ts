// Goal: a person watches one line, and a log gets few. Method: the command itself, with streams that are
// terminals or are not; time passes in its pauses.
import { startReceiver } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import { callCli, type CallOptions } from '../../test/call-cli.ts'
import { fakePace } from '../../test/fake-pace.ts'
import { verdictBody } from '../../test/replies.ts'

const STALE = { cause: 'behind', oldest_waiting_s: 31 }
const UNDECIDED = verdictBody({
  outcome: 'undecided',
  violations: [{ reason: 'stale_data', service: 'shop', route: null, evidence: STALE }],
})

/** Waits for 20 seconds: two questions, of which the first is undecided. */
async function watch(t: Test, last: object, options: CallOptions = {}) {
  const { url } = await startReceiver(t, (_request, index) => ({
    body: JSON.stringify(index === 0 ? UNDECIDED : last),
  }))
  const env = { PORTCULLIS_URL: url, ...options.env }
  const pace = fakePace()
  return callCli(['guard', '--wait', '20s'], { columns: 100, pace, ...options, env })
}

/** What a line shows in turn. */
const framesOf = (text: string): string[] => text.split('\r').slice(1)

t.test('on a terminal one line is written over every second, and leaves no trace', async (t) => {
  const { exit, out, err } = await watch(t, verdictBody(), { env: { NO_COLOR: '1' } })
  t.equal(exit, 0)
  const about = 'shop: stale: a batch has waited for 31 s to be folded'
  const seconds = Array.from({ length: 10 }, (_, at) => `${at + 1}s, ${19 - at}s left`)
  const frames = ['0s, 20s left', ...seconds].map((time) => `UNDECIDED  ${time}  ${about}\u001b[K`)
  t.strictSame(framesOf(err), ['ASKING  0s, 20s left\u001b[K', ...frames, '\u001b[K'])
  t.notMatch(err, '\n')
  t.match(out, /^PASS {2}shop/u, 'then comes the answer')
})

t.test('a line is never wider than the terminal', async (t) => {
  for (const columns of [100, 40, 20, 5, 1]) {
    const { err } = await watch(t, UNDECIDED, { columns, env: { NO_COLOR: '1' } })
    const widths = framesOf(err).map((frame) => frame.replace('\u001b[K', '').length)
    t.ok(Math.max(...widths) < columns, String(columns))
  }
})

t.test('colours are for those who want them', async (t) => {
  t.match((await watch(t, UNDECIDED)).err, '\r\u001b[33mUNDECIDED\u001b[39m  0s')
  const plain = await watch(t, UNDECIDED, { env: { NO_COLOR: '1' } })
  t.notMatch(plain.err + plain.out, '\u001b[3')
})

t.test('a log, a job and a dumb terminal get lines', async (t) => {
  const line =
    'UNDECIDED after 0s, 20s left: shop: stale: a batch has waited for 31 s to be folded\n'
  for (const env of [{ CI: 'true' }, { TERM: 'dumb' }]) {
    t.equal((await watch(t, UNDECIDED, { env })).err, line)
  }
  const { url } = await startReceiver(t, () => ({ body: JSON.stringify(UNDECIDED) }))
  const env = { PORTCULLIS_URL: url }
  const log = await callCli(['guard', '--wait', '20s'], { env, pace: fakePace() })
  t.equal(log.err, line)
})

t.test('who interrupts keeps what was shown, and gets a line of their own', async (t) => {
  const works = new Set<() => void>()
  const beforeEnd = (work: () => void) => {
    works.add(work)
    return () => void works.delete(work)
  }
  let size = 0
  const pace = fakePace({
    onPause: () => {
      size = works.size
      for (const work of works) work()
    },
  })
  const { err } = await watch(t, verdictBody(), { beforeEnd, pace })
  t.equal(size, 1)
  t.match(err, /to be folded\u001b\[K\n\r/u)
  t.equal(works.size, 0, 'nobody listens after the end')
  t.notOk(pace.isTicking(), 'and nothing is drawn')
})
