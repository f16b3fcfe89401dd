import fc from 'fast-check'
import t from 'tap'

import type { Count, Ratio, Selector } from './query.ts'
import { readQuery } from './read-query.ts'

function selectorText({ metric, matchers }: Selector): string {
  const conditions = matchers.map(({ label, operator, value }) => `${label}${operator}${value}`)
  return `${metric}{${conditions.join()}}`
}

function countText({ plus, minus, growth }: Count): string {
  return `${growth}: ${selectorText(plus)}${minus === undefined ? '' : ` less ${selectorText(minus)}`}`
}

function ratioText({ part, total, isRest }: Ratio): string {
  return `${isRest ? 'what is left of ' : ''}${countText(part)} of ${countText(total)}`
}

function understood(text: string, isBareAllowed = false): string {
  const found = readQuery(text, { path: ['q'], isBareAllowed })
  if (found.type === 'unclear') return `${found.spot.offset ?? 0}: ${found.what}`
  return found.type === 'count' ? countText(found) : ratioText(found)
}

t.test('sums of growth, their differences and ratios are understood', async (t) => {
  const rows: readonly (readonly [query: string, meaning: string])[] = [
    ['sum(rate(a{b="c",d!="e",f=~"g.*",h!~`i`}[5m]))', 'rate over 5m: a{b=c,d!=e,f=~g.*,h!~i}'],
    ['sum(rate(a{b="c",}[{{.window}}])) # why', 'rate over {{.window}}: a{b=c}'],
    ['sum(increase(a[{{ .window }}]))', 'increase over {{.window}}: a{}'],
    ['sum by () (rate(a[1h30m]))', 'rate over 1h30m: a{}'],
    ['SUM(rate(a[5m]))', 'rate over 5m: a{}'],
    ['sum(rate({"a.b", "c.d"="e"}[5m]))', 'rate over 5m: a.b{c.d=e}'],
    ['sum(rate({__name__="a"}[5m]))', 'rate over 5m: a{}'],
    ['(\n  sum(\n    rate(a[5m])\n  )\n)', 'rate over 5m: a{}'],
    ['sum(rate(a[5m])) - sum(rate(b[5m]))', 'rate over 5m: a{} less b{}'],
    ['sum(rate(a[5m])) or vector(0)', 'rate over 5m: a{}'],
    ['sum(rate(a[5m])) OR on() vector(0)', 'rate over 5m: a{}'],
    ['sum(rate(a[5m])) / (sum(rate(b[5m])) > 0)', 'rate over 5m: a{} of rate over 5m: b{}'],
    [
      '1 - (sum(rate(a[5m])) / sum(rate(b[5m])))',
      'what is left of rate over 5m: a{} of rate over 5m: b{}',
    ],
    ['sum(rate(a{b="\\\\d \\"c\\""}[5m]))', 'rate over 5m: a{b=\\d "c"}'],
  ]
  for (const [query, meaning] of rows) t.equal(understood(query), meaning, query)
})

t.test('everything else is told where it begins', async (t) => {
  const rows: readonly (readonly [query: string, what: string])[] = [
    ['', '0: is no PromQL that can be read here'],
    ['sum(rate(a{b="c"[5m]))', '16: is no PromQL that can be read here'],
    ['sum(rate(a[{{.step}}]))', '11: is no PromQL that can be read here'],
    ['12', '0: is a number, and counts nothing'],
    ['a', '0: is the value of a series, not its growth: rate or increase is missing'],
    ['sum(a)', '4: is summed, and is no rate or increase of a counter'],
    ['sum()', '3: is summed, and is no rate or increase of a counter'],
    ['sum(rate(a[5m]), 3)', '17: is one argument of sum too many'],
    ['rate(a[5m])', '0: rate outside of a sum is not understood'],
    ['avg(rate(a[5m]))', '0: avg is no count: only sum is understood'],
    ['sum(irate(a[5m]))', '4: irate is no count of all that happened: rate and increase are'],
    ['sum(rate(a[5m:1m]))', '9: is not a selector with a window'],
    ['sum(rate(a[5m] offset 1h))', '9: is not a selector with a window'],
    [
      'sum by (b) (rate(a[5m]))',
      '4: counts each group on its own, and an objective has one budget',
    ],
    [
      'sum(rate(a[5m])) without (b)',
      '17: counts each group on its own, and an objective has one budget',
    ],
    ['sum(rate(a[5m])) + sum(rate(b[5m]))', '0: is not understood: "+" between these'],
    ['sum(rate(a[5m])) * 100', '0: is not understood: "*" between these'],
    ['2 - sum(rate(a[5m])) / sum(rate(b[5m]))', '0: is not understood: "-" between these'],
    ['sum(rate(a[5m])) > 1', '0: is not understood: ">" between these'],
    [
      'sum(rate(a[5m])) / on(b) sum(rate(c[5m]))',
      '19: says how series are matched, and sums have none',
    ],
    ['sum(rate(a[5m])) - sum(rate(b[1h]))', '0: subtracts rate over 1h from rate over 5m'],
    ['sum(rate(a[5m])) - sum(rate(b[5m])) - sum(rate(c[5m]))', '0: subtracts more than once'],
    [
      'sum(rate(a[5m])) or sum(rate(b[5m]))',
      '20: is counted where the other is not: only "or vector(0)" is understood',
    ],
    ['sum(rate({b="c"}[5m]))', '9: names no metric'],
    ['sum(rate(a{b="\\n"}[5m]))', '11: has an escape that is not understood'],
    ['-a', '0: is not understood: only sums of rates, their differences and ratios are'],
    [
      '-a / sum(rate(b[5m]))',
      '0: is not understood: only sums of rates, their differences and ratios are',
    ],
    [
      'sum(rate(b[5m])) / -a',
      '19: is not understood: only sums of rates, their differences and ratios are',
    ],
    [`a${' '.repeat(4_000)}`, '0: is longer than 4000 characters'],
  ]
  for (const [query, what] of rows) t.equal(understood(query), what, query.slice(0, 60))
})

t.test('a selector stands for its growth where the tool adds that', async (t) => {
  t.equal(understood('a{b="c"}', true), 'by the tool: a{b=c}')
  t.equal(understood('sum(a{b="c"})', true), 'by the tool: a{b=c}')
})

t.test('no text makes the reader throw', async () => {
  const piece = fc.constantFrom(
    ...'(){}[],"=~!<>/*+-^% ',
    ...[
      'sum',
      'rate',
      'a',
      'by',
      'or',
      'on',
      'vector(0)',
      '[5m]',
      '{a="b"}',
      '{{.window}}',
      '1',
      'offset',
      '`',
    ],
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(piece).map((all) => all.join('')),
      ),
      (text) => ['count', 'ratio', 'unclear'].includes(readQuery(text, { path: [] }).type),
    ),
    { numRuns: 1_000 },
  )
})
