import { startReceiver } from '@portcullis/testkit'
import t from 'tap'

import { callCli } from '../../test/call-cli.ts'

t.test('a recorded verdict is said as the guard says it: a fail never passes', async (t) => {
  const rows = [
    ['pass', true, 'PASS'],
    ['fail', true, 'BLOCKED'],
    ['undecided', true, 'PASS'],
    ['undecided', false, 'UNDECIDED'],
  ] as const
  const verdicts = rows.map(([outcome, pass]) => ({
    service: 'shop',
    environment: 'production',
    outcome,
    pass,
    reasons: [],
    as_of: '2026-11-30T12:00:00.000Z',
    policies: [],
  }))
  const body = JSON.stringify({ verdicts, next_cursor: null })
  const { url } = await startReceiver(t, () => ({ body }))
  const { exit, out } = await callCli(['verdicts'], { env: { PORTCULLIS_URL: url } })
  t.equal(exit, 0)
  const words = out.match(/\b(?:PASS|BLOCKED|UNDECIDED)\b/gu)
  t.strictSame(
    words,
    rows.map(([, , word]) => word),
  )
})
