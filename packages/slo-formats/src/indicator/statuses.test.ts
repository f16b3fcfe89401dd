import t from 'tap'

import type { MatchOperator } from '../promql/query.ts'
import { statusesOf, statusList } from './statuses.ts'

function listed(operator: MatchOperator, value: string): string {
  const found = statusesOf({ label: 'code', operator, value, spot: { path: [] } })
  if (typeof found === 'string') return found
  const list = statusList(found.statuses)?.join(' ') ?? 'no list'
  return [list, ...found.names].join(', beside ')
}

t.test('a condition on a status is the list of statuses for which it holds', async (t) => {
  const rows: readonly (readonly [operator: MatchOperator, value: string, list: string])[] = [
    ['=', '503', '503'],
    ['=', '5xx', '5xx'],
    ['!=', '404', 'no list'],
    ['!=', '2xx', '1xx 3xx 4xx 5xx'],
    ['=~', '5..', '5xx'],
    ['=~', '^5..$', '5xx'],
    ['=~', '5.*', '5xx'],
    ['=~', '5\\d\\d', '5xx'],
    ['=~', '5\\d{2}', '5xx'],
    ['=~', '5[0-9]+', '5xx'],
    ['=~', '5xx|4xx', '4xx 5xx'],
    ['=~', '[45]..', '4xx 5xx'],
    ['=~', '(5..|429)', '5xx 429'],
    ['=~', '(?:5..|429|408)', '5xx 408 429'],
    ['=~', '50[0-3]', '500 501 502 503'],
    ['=~', '5[^0]0', '510 520 530 540 550 560 570 580 590'],
    ['!~', '2..|3..', '1xx 4xx 5xx'],
    ['!~', '[1-4]..', '5xx'],
    ['=~', '5..|<error>', '5xx, beside <error>'],
    ['=~', '5..|error|timeout', '5xx, beside error, beside timeout'],
    ['=~', '.*', 'no list'],
    ['=~', '40.|41.|42.|43.|44.|45.', 'no list'],
  ]
  for (const [operator, value, list] of rows)
    t.equal(listed(operator, value), list, `${operator} ${value}`)
})

t.test('what is about no status of HTTP is said to be so', async (t) => {
  for (const value of ['Internal', 'aborted|unavailable', '600', '0']) {
    t.equal(listed('=~', value), `"${value}" is no status of HTTP`, value)
  }
  for (const value of [
    '(?i)5..',
    '5(?=..)..',
    '(5.)+',
    '[',
    '[9-0]..',
    '\\p{Nd}..',
    '5'.repeat(101),
  ]) {
    t.equal(
      listed('=~', value),
      `"${value}" is no expression on statuses that is understood`,
      value,
    )
  }
})

t.test('no expression takes long', async (t) => {
  const begin = performance.now()
  for (const value of [
    'x'.repeat(99) + '!',
    '[0-9]?'.repeat(16),
    '.*'.repeat(50),
    '5?'.repeat(50),
  ]) {
    statusesOf({ label: 'code', operator: '=~', value, spot: { path: [] } })
  }
  t.ok(performance.now() - begin < 2_000)
})
