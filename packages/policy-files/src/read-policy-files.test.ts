// Goal: whatever is in a file, its author is told where it is wrong and what to do, and nothing else happens.
// Method: files with one mistake each and the place where it must be told, and bytes of any kind.
import fc from 'fast-check'
import t from 'tap'

import { readPolicyFiles } from './read-policy-files.ts'

const GOOD = `apiVersion: portcullis.dev/v1
kind: ReleasePolicy
metadata:
  name: checkout
spec:
  selector:
    services: [checkout]
  rules:
    - type: error_rate
      max: 1%
      window: 5m
`

function faultsOf(text: string): string[] {
  const { faults } = readPolicyFiles([{ name: 'p.yaml', text }])
  return faults.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`)
}

t.test(
  'a good document is read, its quantities as numbers and its defaults filled in',
  async (t) => {
    const { documents, faults } = readPolicyFiles([{ name: 'p.yaml', text: GOOD }])
    t.strictSame(faults, [])
    t.match(documents[0]?.document, {
      kind: 'ReleasePolicy',
      spec: {
        mode: 'enforce',
        onUndecided: 'block',
        rules: [
          {
            type: 'error_rate',
            max: 0.01,
            window: 300_000,
            statuses: ['5xx'],
            minRequests: 'auto',
          },
        ],
      },
    })
    t.strictSame(documents[0]?.at(['spec', 'rules', 0, 'max']), { line: 10, column: 12 })
  },
)

t.test('several documents are in one file, and empty ones are passed over', async (t) => {
  const other = GOOD.replace('name: checkout', 'name: payments')
  const { documents, faults } = readPolicyFiles([
    { name: 'a.yaml', text: `---\n${GOOD}---\n---\n${other}` },
    { name: 'b.yaml', text: '# nothing yet\n' },
  ])
  t.strictSame(faults, [])
  t.equal(documents.length, 2)
})

t.test('each mistake is told at its place', async (t) => {
  const cases: readonly (readonly [from: string, to: string, fault: string])[] = [
    [
      'max: 1%',
      'max: 1',
      '10:12 spec.rules[0].max must be a number with a percent sign, like 99.9%',
    ],
    [
      'max: 1%',
      'max: 1.x%',
      '10:12 spec.rules[0].max must be a number with a percent sign, like 99.9%',
    ],
    ['max: 1%', 'max: 101%', '10:12 spec.rules[0].max must be at most 100%'],
    ['      max: 1%\n', '', '9:7 spec.rules[0].max is missing'],
    [
      'max: 1%',
      'max: 1%\n      maximum: 2%',
      '11:7 spec.rules[0].maximum is not known here: leave it out',
    ],
    [
      'window: 5m',
      'window: 5 minutes',
      '11:15 spec.rules[0].window must be a whole number with its unit: ms, s, m, h, d or w',
    ],
    ['window: 5m', 'window: 2d', '11:15 spec.rules[0].window must be from 1m to 15m'],
    ['v1', 'v2', '1:13 apiVersion must be portcullis.dev/v1'],
    [
      'kind: ReleasePolicy',
      'kind: Policy',
      '2:7 kind must be ReleasePolicy, Slo, Freeze or PolicyTest',
    ],
    [
      'name: checkout',
      'name: Check_Out',
      '4:9 metadata.name must be lower case letters, digits and -, and begin and end with a letter or digit',
    ],
    ['services: [checkout]', 'services: checkout', '7:15 spec.selector.services must be a list'],
    [
      'services: [checkout]',
      'services: ["a\\tb"]',
      '7:16 spec.selector.services[0] must not contain control characters',
    ],
  ]
  for (const [from, to, fault] of cases) t.strictSame(faultsOf(GOOD.replace(from, to)), [fault], to)
})

t.test('statuses of an objective are written as those of a rule', async (t) => {
  const slo = (errors: string) =>
    faultsOf(`apiVersion: portcullis.dev/v1
kind: Slo
metadata: { name: a }
spec: { service: a, objective: 99%, indicator: { errors: [${errors}] } }
`)
  t.strictSame(slo('5xx, "429"'), [])
  for (const wrong of ['abc', '6xx', '"42"', '5XX']) {
    t.strictSame(slo(wrong), [
      '4:59 spec.indicator.errors[0] must be a status like 503, or a class of them like 5xx',
    ])
  }
})

t.test('an unknown type of rule is told with those that there are', async (t) => {
  const [fault, ...others] = faultsOf(GOOD.replace('type: error_rate', 'type: errors'))
  t.strictSame(others, [])
  t.match(fault, /^9:13 spec\.rules\[0\]\.type must be error_rate, latency, .* or approval$/u)
})

t.test('a rule that may be written in two ways is told of what is missing', async (t) => {
  const text = GOOD.replace('type: error_rate', 'type: latency').replace('max: 1%', 'max: 300ms')
  t.strictSame(faultsOf(text), [
    '9:7 spec.rules[0] must have percentile and max, or slowerThan and maxShare',
  ])
})

t.test('what is no YAML is told where it ends to be', async (t) => {
  const [fault] = faultsOf(GOOD.replace('services: [checkout]', 'services: [checkout'))
  t.match(fault, /^8:\d+ {2}is no YAML: /u)
  t.match(faultsOf(GOOD.replace('window: 5m', 'max: 2%')), [
    /^11:7 {2}is no YAML: Map keys must be unique/u,
  ])
})

t.test('a name that is used twice is told with where it was used first', async (t) => {
  t.strictSame(faultsOf(`${GOOD}---\n${GOOD}`), [
    '16:9 metadata.name is the name of another ReleasePolicy, at p.yaml:4',
  ])
})

t.test('aliases serve, and those that grow beyond measure are refused', async (t) => {
  t.strictSame(faultsOf(GOOD.replace('[checkout]', '[&a checkout, *a]')), [])
  const levels = Array.from({ length: 9 }, (_, level) => {
    const below =
      level === 0 ? '[x, x]' : `[${Array.from({ length: 9 }, () => `*l${level - 1}`).join(', ')}]`
    return `l${level}: &l${level} ${below}`
  })
  t.match(faultsOf(levels.join('\n')), [
    /^1:1 {2}has aliases that cannot be used: Excessive alias count/u,
  ])
  t.match(faultsOf('a: *nowhere'), [/Unresolved alias/u])
})

t.test('what is longer than any policy is not even parsed', async (t) => {
  t.match(faultsOf('#'.repeat(1_000_001)), [/^1:1 {2}is longer than 1000000 characters$/u])
})

t.test('no text makes the reader throw', async () => {
  const fragment = fc.constantFrom(
    ...'-:[]{}&*!|>%@"\'#?,\n ',
    '---\n',
    '...\n',
    '!!binary ',
    'kind: Slo\n',
    GOOD,
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(fragment).map((all) => all.join('')),
      ),
      (text) => {
        const { documents, faults } = readPolicyFiles([{ name: 'p.yaml', text }])
        return faults.every(({ line, column }) => line >= 1 && column >= 1) && documents.length >= 0
      },
    ),
    { numRuns: 1_000 },
  )
})
