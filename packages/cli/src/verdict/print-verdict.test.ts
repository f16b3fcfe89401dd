import t from 'tap'

import { answered } from '../../test/replies.ts'
import { createTerminal } from '../terminal/terminal.ts'
import { printVerdict } from './print-verdict.ts'

/** Returns what is printed into a pipe. */
function printed(more: Readonly<Record<string, unknown>>): string {
  let text = ''
  const output = { write: (piece: string) => void (text += piece) }
  const terminal = createTerminal({ stdout: output, stderr: output, env: {} })
  printVerdict(terminal, answered(more).verdict)
  return text
}

t.test('what a release needs, and when it could go, stands below the reasons', async (t) => {
  const evidence = { err_rate_1m: 31, samples_1m: 48 }
  const violation = { reason: 'error_rate_critical', service: 'shop', route: 'GET /cart', evidence }
  const needs = ['GET /cart: 299 requests without an error', 'one yes of a release_manager']
  const opens_at = '2026-11-30T13:03:20+01:00'
  t.equal(
    printed({ outcome: 'fail', violations: [violation], needs, opens_at }),
    [
      'BLOCKED  shop in production',
      '',
      'SERVICE  ROUTE      WHY',
      'shop     GET /cart  31 % of 48 requests failed in the last minute',
      '',
      'TO PASS IT NEEDS',
      'GET /cart: 299 requests without an error',
      'one yes of a release_manager',
      '',
      'As of 2026-11-30T12:00:00.000Z, log position 8. It opens at 2026-11-30 12:03:20Z at the earliest.',
      '',
    ].join('\n'),
  )
})

t.test('a verdict without them is as short as before', async (t) => {
  const at = 'As of 2026-11-30T12:00:00.000Z'
  t.equal(printed({}), `PASS  shop in production\n${at}, log position 8.\n`)
  t.equal(printed({ position: null }), `PASS  shop in production\n${at}.\n`)
})

t.test('a verdict of the past says so, and when it is told by the minute', async (t) => {
  const at = 'As it was at 2026-11-30T12:00:00.000Z, log position 8'
  t.equal(printed({ precision: 'exact' }), `PASS  shop in production\n${at}.\n`)
  t.match(printed({ precision: 'minute' }), `\n${at}, by the minute.\n`)
  const opens_at = '2026-11-30T12:03:20Z'
  const opens = 'It could have opened at 2026-11-30 12:03:20Z at the earliest.'
  t.match(printed({ outcome: 'fail', opens_at, precision: 'exact' }), `\n${at}. ${opens}\n`)
})

t.test('a need cannot steer the terminal', async (t) => {
  t.match(printed({ needs: ['\u001b[2J'] }), /^\\x1b\[2J$/mu)
})
