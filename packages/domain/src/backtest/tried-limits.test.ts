// Goal: what is said of every limit is what the rule itself says with it, though not each of them is tried. Method: random
// traffic, and each limit judged by the rule of a policy that has it; then a history of which the limits are known.
import { type Outcome, Rule, type RouteName } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { evaluateRule } from '../policy/evaluate-rule.ts'
import type { RouteCells } from '../policy/facts.ts'
import { factsOf, type Traffic } from '../policy/fixtures/facts.ts'
import { finish } from '../steps.ts'
import { ERROR_RATE_LIMITS, LATENCY_LIMITS } from './limit-grid.ts'
import { LimitHistory } from './limit-history.ts'
import { type LimitFacts, type OpenRule, triedLimitsOf } from './tried-limits.ts'

const ERRORS: OpenRule = { type: 'error_rate', window: '5m' }
const LATENCY: OpenRule = { type: 'latency', window: '5m', percentile: 95 }

t.test('limits are tried as people write them, each a little above the one before', async (t) => {
  t.match(ERROR_RATE_LIMITS.join(' '), /^0\.01% 0\.011% .* 0\.5% .* 1% 1\.1% .* 45% 50%$/u)
  t.match(LATENCY_LIMITS.join(' '), /^1ms 2ms .* 10ms 11ms .* 350ms .* 950ms 1s 1100ms .* 60s$/u)
  const valueOf = (limit: string): number =>
    Number.parseFloat(limit) * (/\ds$/u.test(limit) ? 1_000 : 1)
  for (const limits of [ERROR_RATE_LIMITS, LATENCY_LIMITS]) {
    const values = limits.map(valueOf)
    const isOrdered = values.every((value, nth) => nth === 0 || value > values[nth - 1]!)
    t.ok(isOrdered)
  }
})

/** A rule wants its cells again for each limit. */
function remembered(traffic: readonly Traffic[]): LimitFacts {
  const { cellsOver } = factsOf(traffic)
  const known = new Map<number, RouteCells>()
  return {
    cellsOver: (windowMs) => {
      const cells = known.get(windowMs) ?? cellsOver(windowMs)
      known.set(windowMs, cells)
      return cells
    },
  }
}

function outcomesOf(open: OpenRule, traffic: readonly Traffic[]): readonly Outcome[] | null {
  return finish(triedLimitsOf(open).outcomes(remembered(traffic)))
}

t.test('what is said of each limit is what a policy with it says', async (t) => {
  const counts = fc.tuple(
    fc.integer({ min: 0, max: 700 }),
    fc.double({ min: 0, max: 0.2, noNaN: true }),
  )
  const routes = fc.array(counts, { minLength: 1, maxLength: 6 })
  const policy = { mode: 'enforce', onUndecided: 'block' } as const
  const check = (open: OpenRule, traffic: readonly Traffic[]): void => {
    const { limits } = triedLimitsOf(open)
    const facts = { ...factsOf([]), ...remembered(traffic) }
    const one = (max: string) => evaluateRule(Rule.parse({ ...open, max }), policy, facts).status
    const isSilent = traffic.every(({ requests }) => requests === 0)
    t.strictSame(outcomesOf(open, traffic), isSilent ? null : limits.map(one))
  }
  fc.assert(
    fc.property(routes, (all) => {
      const traffic = all.map(([requests, share], nth): Traffic => {
        const bad = Math.floor(requests * share)
        const route = `GET /${nth}` as RouteName
        return { route, requests, errors: bad, slow: bad, slowMs: 20 + 400 * share, ms: 10 + nth }
      })
      for (const open of [ERRORS, LATENCY]) check(open, traffic)
    }),
    { numRuns: 40 },
  )
})

t.test('a history gives the limits that it bears', async (t) => {
  const quiet: Traffic = { requests: 4_000, errors: 8, ms: 120 }
  const rough: Traffic = { requests: 4_000, errors: 200, ms: 480 }
  const suggestedFor = (open: OpenRule, traffic: readonly (readonly [number, Traffic])[]) => {
    const tried = triedLimitsOf(open)
    const history = new LimitHistory(tried.limits)
    for (const [count, one] of traffic) {
      const outcomes = outcomesOf(open, [one])
      for (let nth = 0; nth < count; nth += 1) history.add(outcomes)
    }
    return history.suggestion(0.01)
  }
  const traffic = [
    [990, quiet],
    [10, rough],
    [100, { requests: 0 }],
  ] as const
  t.match(suggestedFor(ERRORS, traffic), {
    instants: 1_100,
    silent: 100,
    // 0.2 % of 4,000 requests; with a smaller limit it would be too few to tell, or too many errors.
    suggested: { limit: '0.2%', failed: 10, judged: 1_000 },
    worst: '4.5%',
  })
  t.match(suggestedFor(LATENCY, traffic), {
    suggested: { limit: '120ms', failed: 10, judged: 1_000, undecided: 0 },
    heldBy: 'blocks',
    median: '120ms',
    worst: '500ms',
  })
})
