import t from 'tap'

import { demoArgumentsOf } from './demo-arguments.ts'

t.test(
  'without arguments the story takes its time; --fast shortens what is not named',
  async (t) => {
    const usual = { ackMin: 0.1, errPct: 1, visitsPerSecond: 10, environment: undefined }
    t.strictSame(demoArgumentsOf([]), usual)
    t.strictSame(demoArgumentsOf(['--fast']), { ...usual, ackMin: 0.05, errPct: 15 })
    t.strictSame(demoArgumentsOf(['--fast', '--err-pct', '5', '--environment', 'staging']), {
      ...usual,
      ackMin: 0.05,
      errPct: 5,
      environment: 'staging',
    })
    t.equal(demoArgumentsOf(['--fast', '-h']), 'help')
  },
)

t.test('an argument that cannot be used is refused with what is allowed', async (t) => {
  const refusals = [
    [['--ack-min', 'soon'], /--ack-min: read "soon". Allowed is a number from 0.01 to 60/u],
    [['--visits', '0'], /--visits: read "0". Allowed is a number from 2 to 200/u],
    [['--err-pct', '1e1'], /--err-pct: read "1e1"/u],
    [['--slow'], /Unknown option '--slow'/u],
    [['now'], /Unexpected argument 'now'/u],
  ] as const
  for (const [argv, message] of refusals) t.throws(() => demoArgumentsOf(argv), message)
})
