import type { RuleSuggestion, SuggestionAnswer } from '../gateway/suggestion-answer.ts'
import { countText } from '../terminal/count.ts'
import { instantText } from '../terminal/instant.ts'

/** Returns lines that say of which past a suggestion is made, and then of each rule what its limit is made of. */
export function suggestionText(answer: SuggestionAnswer): string[] {
  const { service, environment, from, to, wanted_blocks_pct: wanted, precision } = answer
  const span = `from ${instantText(from)} to ${instantText(to)}`
  return [
    `Made from the history of ${service} in ${environment}, ${span},`,
    `so that each rule blocks at most ${wanted} % of the time in which it can tell.`,
    ...(precision === 'minute' ? ['By the minute: the batches of then are no longer kept.'] : []),
    ...answer.rules.flatMap((rule) => ['', ...ruleText(rule)]),
  ]
}

const NONE = {
  too_little_history: 'too little history: fewer than 100 instants had enough requests to judge.',
  too_little_traffic:
    'too little traffic: less than half of the instants had enough requests to judge.',
  blocks_more: 'it blocks more often, however loose the limit is.',
} as const

const HELD_BY = {
  blocks: 'A smaller limit blocks more often.',
  traffic: 'A smaller limit needs more requests than there are.',
} as const

function ruleText(rule: RuleSuggestion): string[] {
  const { type, percentile, instants, silent } = rule
  const name = percentile === null ? type : `${type} (p${percentile})`
  const looked = `${countText(instants, 'instant')} looked at, ${figure(silent)} without a request`
  if (rule.max === null) return [`${name}: no limit, ${NONE[rule.why]}`, `  ${looked}.`]
  const { max, judged, undecided, blocked, blocked_pct, median, worst, held_by } = rule
  return [
    `${name}: ${max} would have blocked ${blocked_pct} % (${figure(blocked)} of ${figure(judged)} that it can judge).`,
    `  ${looked}, ${figure(undecided)} with too few to tell.`,
    `  Half of the time it stays within ${median ?? 'no limit'}; ${worstText(worst)}.`,
    ...(held_by === null ? [] : [`  ${HELD_BY[held_by]}`]),
    ...(undecided > 0
      ? ['  What it cannot tell blocks as well, unless the rule has `onUndecided: pass`.']
      : []),
  ]
}

const figure = (count: number): string => count.toLocaleString('en-US')

function worstText(worst: string | null): string {
  return worst === null ? 'at worst it exceeds any limit' : `with ${worst} nothing is blocked`
}
