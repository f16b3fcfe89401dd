// Goal: `policy suggest` prints a policy that other commands read, says what its limits are made of, and where none can be
// made, why. Method: answers of a gateway that is played; a real one is asked by the test of the route.
import { startReceiver } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import { callCli } from '../../test/call-cli.ts'

const COUNTS = { window: '5m', instants: 10_080, silent: 80 }
const LIMIT = {
  ...{ ...COUNTS, why: null, held_by: 'blocks', undecided: 500, judged: 9_500 },
  ...{ blocked: 95, blocked_pct: 1 },
}
const ERROR_RATE = {
  ...{ ...LIMIT, type: 'error_rate', percentile: null, max: '0.5%', median: '0.2%', worst: '12%' },
}
const NO_LATENCY = {
  ...{ ...COUNTS, type: 'latency', percentile: 99, max: null, why: 'too_little_history' },
  ...{ held_by: null, undecided: null, judged: null, blocked: null, blocked_pct: null },
  ...{ median: null, worst: null },
}
const POLICY = {
  apiVersion: 'portcullis.dev/v1',
  kind: 'ReleasePolicy',
  metadata: { name: 'suggested' },
  spec: {
    selector: { services: ['shop'], environments: ['production'] },
    rules: [{ type: 'error_rate', window: '5m', max: '0.5%' }],
  },
}
const ANSWER = {
  ...{ service: 'shop', environment: 'production', step_ms: 60_000, wanted_blocks_pct: 1 },
  ...{ from: '2026-11-23T12:00:00.000Z', to: '2026-11-30T12:00:00.000Z', precision: 'exact' },
  rules: [ERROR_RATE, NO_LATENCY],
  policy: POLICY,
}

async function suggest(t: Test, body: object, argv: readonly string[] = []) {
  const asked: string[] = []
  const { url } = await startReceiver(t, (request) => {
    asked.push(request.url)
    return { body: JSON.stringify(body) }
  })
  const called = await callCli(['policy', 'suggest', 'shop', ...argv], {
    env: { PORTCULLIS_URL: url },
  })
  return { ...called, query: new URL(asked[0]!, url).searchParams }
}

t.test('a policy is printed with what it is made of, and is one', async (t) => {
  const { exit, out, err } = await suggest(t, ANSWER)
  t.strictSame([exit, err], [0, ''])
  t.equal(
    out,
    `# Made from the history of shop in production, from 2026-11-23 12:00:00Z to 2026-11-30 12:00:00Z,
# so that each rule blocks at most 1 % of the time in which it can tell.
#
# error_rate: 0.5% would have blocked 1 % (95 of 9,500 that it can judge).
#   10,080 instants looked at, 80 without a request, 500 with too few to tell.
#   Half of the time it stays within 0.2%; with 12% nothing is blocked.
#   A smaller limit blocks more often.
#   What it cannot tell blocks as well, unless the rule has \`onUndecided: pass\`.
#
# latency (p99): no limit, too little history: fewer than 100 instants had enough requests to judge.
#   10,080 instants looked at, 80 without a request.
apiVersion: portcullis.dev/v1
kind: ReleasePolicy
metadata:
  name: suggested
spec:
  selector:
    services:
      - shop
    environments:
      - production
  rules:
    - type: error_rate
      window: 5m
      max: 0.5%
`,
  )
  t.strictSame(await callCli(['policy', 'lint', '-'], { stdin: out }), {
    exit: 0,
    out: 'Nothing is wrong in 1 document.\n',
    err: '',
  })
})

t.test('where there is no limit it says why, and prints no policy', async (t) => {
  const none = { ...ANSWER, rules: [NO_LATENCY], policy: null }
  const { exit, out, err } = await suggest(t, none)
  t.strictSame([exit, out], [1, ''])
  t.match(err, /latency \(p99\): no limit, too little history/u)
})

t.test('programs get the figures', async (t) => {
  const { exit, out } = await suggest(t, ANSWER, ['--json'])
  t.equal(exit, 0)
  t.strictSame(JSON.parse(out), ANSWER)
})

t.test('what is asked is what was called', async (t) => {
  const argv = [
    '--from',
    '2026-11-20T00:00:00Z',
    '--to',
    '1d',
    '--blocks',
    '0.5%',
    '--name',
    'mine',
  ]
  const { query } = await suggest(t, ANSWER, argv)
  t.match(Object.fromEntries(query), {
    service: 'shop',
    from: '2026-11-20T00:00:00Z',
    to: /^\d{4}-.*Z$/u,
    blocks: '0.5%',
    name: 'mine',
  })
  const byDefault = (await suggest(t, ANSWER)).query
  t.strictSame(
    [...byDefault.keys()].toSorted(),
    ['from', 'service'],
    'the rest is up to the gateway',
  )
})
