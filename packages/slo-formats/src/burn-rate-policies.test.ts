import { lintPolicy } from '@portcullis/domain'
import { documentsOf, readPolicyFiles } from '@portcullis/policy-files'
import t from 'tap'

import { burnRatePolicies } from './burn-rate-policies.ts'
import { imported } from './fixtures/import-texts.ts'
import { yamlText } from './text.ts'

function pyrra(
  name: string,
  { target = '99.9', window = '4w', more = '', scope = 'job="shop"' } = {},
): string {
  return `apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: { name: ${name} }
spec:
  target: "${target}"
  window: ${window}
${more}  indicator:
    ratio:
      errors: { metric: 'r_total{${scope},code=~"5.."}' }
      total: { metric: 'r_total{${scope}}' }
`
}

t.test('one policy holds what paged, and tells of what made tickets', async (t) => {
  const { slos, inputs } = imported(`${pyrra('a')}---\n${pyrra('b')}`, {
    environment: 'production',
  })
  const { policies, useless } = burnRatePolicies(slos)
  t.strictSame(useless, [])
  t.match(policies, [
    {
      metadata: { name: 'burn-rates-shop-production' },
      spec: {
        selector: { services: ['shop'], environments: ['production'] },
        rules: [
          {
            name: 'a',
            slo: 'a',
            windows: [{ long: '1h', short: '5m', factor: 14 }, { long: '6h' }],
          },
          { name: 'ticket-a', mode: 'warn', windows: [{ factor: 2 }, { long: '4d', factor: 1 }] },
          { name: 'b' },
          { name: 'ticket-b' },
        ],
      },
    },
  ])
  const reading = readPolicyFiles([{ name: 'p', text: yamlText([...inputs, ...policies]) }])
  t.strictSame(reading.faults, [])
  const [policy] = documentsOf(reading, 'ReleasePolicy')
  t.strictSame(lintPolicy(policy!, documentsOf(reading, 'Slo')), [])
})

t.test('pairs that could never fire, or are too short, are left out and told', async (t) => {
  const low = burnRatePolicies(imported(pyrra('a', { target: '90' })).slos)
  t.match(low.policies, [
    { spec: { rules: [{ name: 'a', windows: [{ factor: 7 }] }, { name: 'ticket-a' }] } },
  ])
  t.match(low.useless, [
    { pair: { factor: 14 }, why: /can never fire: it needs a burn rate above 14/u },
  ])
  const short = burnRatePolicies(imported(pyrra('a', { window: '1d' })).slos)
  t.match(short.useless, [{ pair: { long: '2m' }, why: /^long must be from 5m to 30d/u }])
})

t.test('where nothing alerted there is no policy', async (t) => {
  const { slos } = imported(pyrra('a', { more: '  alerting: { disabled: true }\n' }))
  t.strictSame(burnRatePolicies(slos), { policies: [], useless: [] })
})

t.test('a name that is as long as can be leaves room for the rule', async (t) => {
  const { slos } = imported(pyrra('a'.repeat(63)))
  const { policies } = burnRatePolicies(slos)
  t.equal(policies[0]!.spec.rules[1]!.name, `ticket-${'a'.repeat(56)}`)
})

t.test('names that would be the same are counted', async (t) => {
  const long = 'a'.repeat(56)
  const texts = [
    pyrra('x'),
    pyrra('ticket-x'),
    pyrra(`${long}1`),
    pyrra(`${long}2`),
    pyrra('y', { scope: 'job="a-b",env="c"' }),
    pyrra('z', { scope: 'job="a",env="b-c"' }),
  ]
  const { slos, inputs } = imported(texts.join('---\n'))
  const { policies } = burnRatePolicies(slos)
  t.strictSame(
    policies.map(({ metadata }) => metadata.name),
    ['burn-rates-shop', 'burn-rates-a-b-c', 'burn-rates-a-b-c-2'],
  )
  t.strictSame(
    policies[0]!.spec.rules.map(({ name }) => name),
    [
      'x',
      'ticket-x',
      'ticket-x-2',
      'ticket-ticket-x',
      `${long}1`,
      `ticket-${long}`,
      `${long}2`,
      `ticket-${long.slice(2)}-2`,
    ],
  )
  const reading = readPolicyFiles([{ name: 'p', text: yamlText([...inputs, ...policies]) }])
  t.strictSame(reading.faults, [])
  for (const one of documentsOf(reading, 'ReleasePolicy')) {
    t.strictSame(lintPolicy(one, documentsOf(reading, 'Slo')), [])
  }
})
