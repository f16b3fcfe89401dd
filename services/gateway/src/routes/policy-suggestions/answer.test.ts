import { type EpochMs, ReleasePolicy } from '@portcullis/contracts'
import type { SuggestedLimit } from '@portcullis/domain'
import t from 'tap'

import { SuggestionAnswer, suggestionAnswer } from './answer.ts'
import { openRulesOf, SuggestionQuery } from './parameters.ts'

const NONE: SuggestedLimit = {
  ...{ instants: 300, silent: 100, suggested: null, why: 'blocks_more' },
  ...{ heldBy: null, median: '2%', worst: null },
}

function found(limit: string): SuggestedLimit {
  const suggested = { limit, judged: 150, failed: 1, undecided: 50 }
  return { ...NONE, suggested, why: null, heldBy: 'blocks', worst: '3%' }
}

function answerOf(given: object, limits: readonly SuggestedLimit[]) {
  const query = SuggestionQuery.parse({ service: 'shop', from: '2026-11-01T00:00:00Z', ...given })
  const to = Date.UTC(2026, 10, 2) as EpochMs
  const answer = suggestionAnswer(query, openRulesOf(query), { precision: 'exact', to, limits })
  t.strictSame(SuggestionAnswer.parse(answer), answer, 'it is as documented')
  return answer
}

t.test('the policy has the rules for which there is a limit, and is one', async (t) => {
  const both = answerOf({ name: 'mine' }, [found('0.5%'), found('350ms')])
  t.match(ReleasePolicy.parse(both.policy), {
    metadata: { name: 'mine' },
    spec: {
      selector: { services: ['shop'], environments: ['production'] },
      onUndecided: 'block',
      rules: [
        { type: 'error_rate', window: 300_000, max: 0.005 },
        { type: 'latency', window: 300_000, percentile: 95, max: 350 },
      ],
    },
  })
  const one = answerOf({ percentile: '99', window: '2m' }, [NONE, found('1s')])
  t.strictSame(one.policy?.['spec'], {
    selector: { services: ['shop'], environments: ['production'] },
    rules: [{ type: 'latency', window: '2m', percentile: 99, max: '1s' }],
  })
  t.equal(answerOf({ rules: 'latency' }, [NONE]).policy, null)
})

t.test('each rule tells what its limit is made of', async (t) => {
  const { rules } = answerOf({ blocks: '2.5%' }, [found('0.5%'), NONE])
  t.strictSame(rules, [
    {
      ...{ type: 'error_rate', window: '5m', percentile: null, max: '0.5%', why: null },
      ...{ held_by: 'blocks', instants: 300, silent: 100, undecided: 50, judged: 150 },
      ...{ blocked: 1, blocked_pct: 0.6667, median: '2%', worst: '3%' },
    },
    {
      ...{ type: 'latency', window: '5m', percentile: 95, max: null, why: 'blocks_more' },
      ...{ held_by: null, instants: 300, silent: 100, undecided: null, judged: null },
      ...{ blocked: null, blocked_pct: null, median: '2%', worst: null },
    },
  ])
})
