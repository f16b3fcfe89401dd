import t from 'tap'

import { evaluatePolicy } from './evaluate-policy.ts'
import { factsOf, policyOf } from './fixtures/facts.ts'

const GOOD = { name: 'good', type: 'alarm', kinds: ['p95_regress'] }
const BAD = { name: 'bad', type: 'error_rate', max: '1%' }
const OPEN = { name: 'open', type: 'healthy_for', duration: '10m' }
const FACTS = factsOf([{ requests: 100, errors: 10 }])

function said(rules: readonly object[], spec: object = {}): string {
  const { outcome, pass } = evaluatePolicy(policyOf(rules, spec), FACTS)
  return `${outcome} ${pass}`
}

t.test('one rule that fails decides, then one that cannot tell', async (t) => {
  t.equal(said([GOOD]), 'pass true')
  t.equal(said([GOOD, OPEN]), 'undecided false')
  t.equal(said([GOOD, OPEN, BAD]), 'fail false')
})

t.test('a policy, or a rule, may let through what it cannot tell', async (t) => {
  t.equal(said([OPEN], { onUndecided: 'pass' }), 'undecided true')
  t.equal(said([{ ...OPEN, onUndecided: 'pass' }]), 'undecided true')
  t.equal(said([{ ...OPEN, onUndecided: 'block' }], { onUndecided: 'pass' }), 'undecided false')
  t.equal(said([BAD], { onUndecided: 'pass' }), 'fail false')
})

t.test('a rule that is weaker than its policy decides nothing, and none is stronger', async (t) => {
  for (const mode of ['warn', 'shadow']) {
    t.equal(said([GOOD, { ...BAD, mode }]), 'pass true')
    const { rules } = evaluatePolicy(policyOf([{ ...BAD, mode: 'enforce' }], { mode }), FACTS)
    t.equal(rules[0]?.mode, mode)
  }
})

t.test('a policy that only warns, or is tried, says what it would', async (t) => {
  for (const mode of ['warn', 'shadow']) t.equal(said([BAD], { mode }), 'fail false')
  t.equal(said([GOOD, { ...BAD, mode: 'shadow' }], { mode: 'warn' }), 'pass true')
})

t.test('every rule is evaluated and told of, in the order of the file', async (t) => {
  const rules = [BAD, { ...GOOD, mode: 'shadow' }, OPEN]
  const result = evaluatePolicy(policyOf(rules, { mode: 'warn' }), FACTS)
  t.match(result.rules, [
    {
      rule: 'bad',
      mode: 'warn',
      status: 'fail',
      findings: [{ route: 'GET /cart', status: 'fail' }],
    },
    { rule: 'good', mode: 'shadow', status: 'pass' },
    { rule: 'open', mode: 'warn', status: 'undecided' },
  ])
})

t.test('evidence is what was compared', async (t) => {
  const [rule] = evaluatePolicy(policyOf([BAD]), FACTS).rules
  const [finding] = rule!.findings
  t.strictSame(finding?.evidence, {
    statuses: ['5xx'],
    window_s: 300,
    requests: 100,
    bad: 10,
    bad_pct: 10,
    max_pct: 1,
    needed_requests: 299,
    certain_pct: 5.5229,
  })
  t.match(finding, { need: 'at most 1 % errors: it is 10 %' })
})
