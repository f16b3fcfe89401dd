// Goal: where there is no verdict the guard stays closed, unless it was told otherwise, and then only for
// an outage. Method: a server of the test that answers as proxies, gateways in trouble and strangers do.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { type ReceiverAnswer, startReceiver } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import { callCli } from '../../test/call-cli.ts'
import { type FakePace, fakePace } from '../../test/fake-pace.ts'
import { verdictBody } from '../../test/replies.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const PASS = { headers: JSON_TYPE, body: JSON.stringify(verdictBody()) }
const FAIL = { headers: JSON_TYPE, body: JSON.stringify(verdictBody({ outcome: 'fail' })) }
const UNDECIDED = {
  headers: JSON_TYPE,
  body: JSON.stringify(verdictBody({ outcome: 'undecided' })),
}
const BUSY = '{"title":"Too many requests","fix":"Wait as long as `Retry-After` says."}'

const OUTAGES: readonly ReceiverAnswer[] = [
  { status: 500, body: '{"title":"Something broke on our side"}' },
  { status: 502, body: '<html>bad gateway</html>' },
  { status: 503, body: '{"title":"The gateway is closing"}' },
  { status: 504, body: '' },
  { status: 429, body: BUSY },
  { status: 408, body: '' },
  { hangUp: true },
]

const STRANGERS: readonly ReceiverAnswer[] = [
  { status: 200, body: '<html>welcome</html>' },
  { status: 200, body: '{"pass":true}' },
  { status: 200, body: '{"outcome":"pass","pass":true}' },
  { status: 302, headers: { location: '/login' }, body: '' },
  { status: 404, body: '<html>no such page</html>' },
  { status: 404, body: '{"title":"There is no such thing"}' },
  { status: 409, body: '{"title":"Conflict"}' },
]

const WRONG_CALLS: readonly ReceiverAnswer[] = [
  { status: 400, body: '{"title":"A query parameter has a value that cannot be used"}' },
  { status: 401, body: '{"title":"No valid credential"}' },
  { status: 403, body: '{"title":"This credential may not do that","needs":"guard:read"}' },
  { status: 401, body: '<html>sign in</html>' },
  { status: 403, body: '{"message":"forbidden"}' },
]

interface Asked {
  readonly argv?: readonly string[]
  readonly pace?: FakePace
}

/** Asks a server that gives the answers in turn, the last one for ever. */
async function ask(t: Test, answers: readonly ReceiverAnswer[], { argv = [], pace }: Asked) {
  const receiver = await startReceiver(t, (_request, index) => {
    return answers[Math.min(index, answers.length - 1)]!
  })
  const env = { PORTCULLIS_URL: receiver.url }
  const answer = await callCli(['guard', ...argv], { env, pace: pace ?? fakePace() })
  return { ...answer, asked: receiver.requests.length }
}

const WAIT = ['--wait', '10m']
const PASSES = ['--on-unreachable', 'pass']

t.test('what is no verdict is asked again until there is one', async (t) => {
  for (const answer of [...OUTAGES, ...STRANGERS]) {
    const { exit, out, asked } = await ask(t, [answer, answer, PASS], { argv: WAIT })
    t.strictSame({ exit, asked }, { exit: 0, asked: 3 }, JSON.stringify(answer))
    t.match(out, /^PASS {2}shop in production$/mu)
  }
})

t.test('without a verdict at the deadline the gateway is out of reach', async (t) => {
  for (const answer of [...OUTAGES, ...STRANGERS]) {
    const { exit, out, err, asked } = await ask(t, [UNDECIDED, answer], { argv: WAIT })
    t.strictSame({ exit, out }, { exit: 4, out: '' }, JSON.stringify(answer))
    t.ok(asked > 10)
    t.match(err, /^portcullis: [^\n]+\.\n$/mu)
  }
})

t.test('an outage passes where that was asked for, and loudly', async (t) => {
  for (const answer of OUTAGES) {
    for (const argv of [PASSES, [...PASSES, ...WAIT], [...PASSES, '--json']]) {
      const { exit, out, err } = await ask(t, [answer], { argv })
      t.strictSame({ exit, out }, { exit: 0, out: '' }, JSON.stringify(answer))
      t.match(err, /^portcullis: PASSED WITHOUT A VERDICT, as --on-unreachable pass says: \S/mu)
    }
  }
})

t.test('an outage that ends in time passes nothing by itself', async (t) => {
  const outages = [{ status: 502 }, { status: 502 }]
  t.equal((await ask(t, [...outages, FAIL], { argv: [...WAIT, ...PASSES] })).exit, 1)
  t.equal((await ask(t, [...outages, UNDECIDED], { argv: [...WAIT, ...PASSES] })).exit, 3)
})

t.test('what was blocked before the outage does not pass by it', async (t) => {
  const answers = [FAIL, { status: 502 }]
  const { exit, out, err } = await ask(t, answers, { argv: [...WAIT, ...PASSES] })
  t.strictSame({ exit, out }, { exit: 4, out: '' })
  t.match(
    err,
    '--on-unreachable pass does not count here: the last verdict was that it is blocked.',
  )
  const turned = await ask(t, [FAIL, UNDECIDED, { status: 502 }], { argv: [...WAIT, ...PASSES] })
  t.equal(turned.exit, 0, 'the last verdict counts')
})

t.test('what is no gateway never passes', async (t) => {
  for (const answer of STRANGERS) {
    const { exit, out, err } = await ask(t, [answer], { argv: PASSES })
    t.strictSame({ exit, out }, { exit: 4, out: '' }, JSON.stringify(answer))
    t.match(err, '--on-unreachable pass does not count here: what answered is no gateway.')
  }
})

t.test('a wrong call is told at once, and never asked again', async (t) => {
  for (const answer of WRONG_CALLS) {
    const { exit, out, asked } = await ask(t, [answer], { argv: [...WAIT, ...PASSES] })
    t.strictSame({ exit, out, asked }, { exit: 2, out: '', asked: 1 }, JSON.stringify(answer))
    const later = await ask(t, [UNDECIDED, answer], { argv: [...WAIT, ...PASSES] })
    t.strictSame([later.exit, later.asked], [2, 2], 'also when the wait has begun')
  }
})

t.test('a gateway that is busy is left alone for as long as it asks', async (t) => {
  const pace = fakePace({ share: 0.5 })
  const busy = { status: 429, headers: { 'retry-after': '40' }, body: BUSY }
  const { exit } = await ask(t, [busy, busy, PASS], { argv: WAIT, pace })
  t.equal(exit, 0)
  t.strictSame(pace.pauses, [45_000, 45_000])
})

t.test('a gateway that never answers is out of reach when the time is over', async (t) => {
  const server = createServer(() => pace.expire()).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const pace = fakePace()
  const env = { PORTCULLIS_URL: `http://127.0.0.1:${port}` }
  const { exit, err } = await callCli(['guard', '--wait', '30s'], { env, pace })
  t.equal(exit, 4)
  t.match(err, /cannot be reached \(The operation was aborted due to timeout\)/u)
  t.strictSame([pace.limits, pace.elapsedMs()], [[10_000, 10_000, 7_000], 30_000])
})

t.test('a call that asks for what cannot be is one sentence', async (t) => {
  const rows = [
    [['--wait', '15'], '--wait must be a whole number with its unit: ms, s, m, h, d or w.'],
    [['--wait', '0s'], '--wait must be a whole number with its unit: ms, s, m, h, d or w.'],
    [['--wait', '500ms'], '--wait must be from 1s to 24h.'],
    [['--wait', '25h'], '--wait must be from 1s to 24h.'],
    [['--fail-fast'], '--fail-fast is for a wait: give --wait too.'],
    [['--on-unreachable', 'yes'], '--on-unreachable must be pass or block.'],
  ] as const
  for (const [argv, sentence] of rows) {
    const answer = await callCli(['guard', ...argv])
    t.strictSame(answer, { exit: 2, out: '', err: `portcullis: ${sentence}\n` })
  }
})
