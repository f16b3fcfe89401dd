import type { Slo } from '@portcullis/contracts'
import t from 'tap'

import { policyOf, sloOf } from './fixtures/facts.ts'
import { lintPolicy } from './lint.ts'

function found(rules: readonly object[], slos: readonly Slo[] = [], spec: object = {}): string[] {
  return lintPolicy(policyOf(rules, spec), slos).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  )
}

const BURN = { type: 'burn_rate', slo: 'availability' }

t.test('a policy that can work has nothing to be told', async (t) => {
  const rules = [
    { type: 'error_rate', max: '1%' },
    { type: 'latency', percentile: 95, max: '300ms' },
    { type: 'latency', name: 'slow-share', slowerThan: '1s', maxShare: '5%' },
    { ...BURN, windows: ['page_quick', 'page_slow', 'ticket_quick', 'ticket_slow'] },
    { type: 'error_budget', slo: 'availability', atLeast: '10%' },
    { type: 'healthy_for', duration: '10m' },
  ]
  const hours = [{ days: ['mon'], from: '09:00', to: '17:00', timeZone: 'Europe/Berlin' }]
  t.strictSame(found(rules, [sloOf('99.9%')], { selector: { hours } }), [])
})

t.test('a limit that nothing can exceed is refused', async (t) => {
  t.strictSame(found([{ type: 'error_rate', max: '100%' }]), [
    'spec.rules.0.max: can never be exceeded: no rate is above 100%',
  ])
  t.match(found([{ type: 'latency', percentile: 95, max: '2d' }]), [
    /rules\.0\.max: can never be exceeded/u,
  ])
  t.match(found([{ type: 'latency', slowerThan: '2d', maxShare: '1%' }]), [
    /rules\.0\.slowerThan: can never/u,
  ])
})

t.test('a burn rate that can never fire is refused, with the arithmetic', async (t) => {
  const paths = (objective: string) =>
    found([BURN], [sloOf(objective)]).map((text) => text.split(':')[0])
  t.strictSame(paths('93%'), ['spec.rules.0.windows.0'], 'below 93.06 %')
  t.strictSame(paths('93.1%'), [])
  t.strictSame(paths('83%'), ['spec.rules.0.windows.0', 'spec.rules.0.windows.1'], 'below 83.3 %')
  t.strictSame(
    found([BURN], [sloOf('90%')])[0],
    [
      'spec.rules.0.windows.0: can never fire: it needs a burn rate above 14.4, and at an objective of 90 % ',
      'the rate is 10 when every request is bad (1 / (1 - 0.9))',
    ].join(''),
  )
})

t.test(
  'windows that are in the wrong order, or longer than their period, are refused',
  async (t) => {
    const own = { long: '1h', short: '2h', factor: 2 }
    t.strictSame(found([{ ...BURN, windows: [own] }], [sloOf('99%')]), [
      'spec.rules.0.windows.0.short: must be shorter than long',
    ])
    const week = sloOf('99%', { calendar: 'week', timeZone: 'UTC' })
    t.strictSame(found([{ ...BURN, windows: [{ long: '8d', short: '1h', factor: 2 }] }], [week]), [
      'spec.rules.0.windows.0: looks back further than the period of the objective',
    ])
  },
)

t.test('an objective that nobody defined is refused', async (t) => {
  const rules = [BURN, { type: 'error_budget', slo: 'availability', atLeast: '10%' }]
  t.strictSame(found(rules), [
    'spec.rules.0.slo: is no objective that is known: there is no Slo "availability"',
    'spec.rules.1.slo: is no objective that is known: there is no Slo "availability"',
  ])
})

t.test(
  'rules of one name, a time zone of nowhere, and a rule that waits for none are refused',
  async (t) => {
    const errors = { type: 'error_rate', max: '1%' }
    t.strictSame(found([errors, errors]), [
      'spec.rules.1.name: needs a name: another rule is called "error-rate" already',
    ])
    t.strictSame(
      found([
        { ...errors, name: 'a' },
        { ...errors, name: 'a' },
      ]),
      ['spec.rules.1.name: is the name of another rule'],
    )
    const selector = { hours: [{ timeZone: 'Mars/Olympus' }] }
    t.match(found([errors], [], { selector }), [
      /^spec\.selector\.hours\.0\.timeZone: is no time zone/u,
    ])
    t.match(found([{ type: 'healthy_for', duration: '10m' }]), [
      /^spec\.rules\.0: has no other rule/u,
    ])
  },
)
