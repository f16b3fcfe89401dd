import type { RouteName, Rule } from '@portcullis/contracts'

import { logEvidenceNegligible } from '../../statistics/negligible.ts'
import {
  errorsToShowHarmless,
  logEvidenceWorse,
  ratioFinding,
} from '../../statistics/rate-ratio.ts'
import type { CanaryComparison, CanaryMeasure, RuleFacts } from '../facts.ts'
import { percentOf, type RuleFinding } from '../rule-result.ts'
import { selectsRoute } from '../selects.ts'

type CanaryRule = Extract<Rule, { type: 'canary' }>

/**
 * Judges whether a canary is worse than what runs beside it, shown harmless, or neither yet. It may be asked as often as one
 * likes: the evidence is valid at every moment. Where nothing is compared nothing passes: a canary
 * without traffic is no good one.
 */
export function judgeCanary(rule: CanaryRule, { canaryOf }: RuleFacts): RuleFinding[] {
  const canary = canaryOf(rule)
  const compared = [...(canary?.byRoute ?? [])].filter(([route]) =>
    selectsRoute(rule.routes, route),
  )
  if (canary === null || compared.length === 0) {
    const need = 'traffic of the new version, beside that of the old one'
    return [{ route: null, status: 'undecided', reason: 'too_early', need, evidence: {} }]
  }
  const alpha = (1 - rule.confidence) / canary.comparisons
  return compared.flatMap(([route, measures]) =>
    rule.of.map((measure) =>
      findingOf(route, { measure, comparison: measures[measure], rule, alpha }),
    ),
  )
}

interface Compared {
  readonly measure: CanaryMeasure
  readonly comparison: CanaryComparison
  readonly rule: CanaryRule
  /** Of this comparison. */
  readonly alpha: number
}

function findingOf(route: RouteName, compared: Compared): RuleFinding {
  const { comparison, rule, alpha, measure } = compared
  const { canary, baseline, dispersion } = comparison
  const harmless = logEvidenceHarmless(compared)
  const evidence = {
    of: measure,
    canary_requests: canary.requests,
    canary_bad_pct: shareOf(canary),
    baseline_requests: baseline.requests,
    baseline_bad_pct: shareOf(baseline),
    harmful_ratio: rule.harmfulRatio,
    // Either is said from 1 / alpha on.
    evidence_worse: threeDigits(Math.exp(logEvidenceWorse(comparison.evidence))),
    evidence_harmless: threeDigits(Math.exp(harmless)),
    evidence_needed: threeDigits(1 / alpha),
    dispersion: threeDigits(dispersion),
  }
  if (ratioFinding(comparison.evidence, alpha) === 'worse') {
    const need = `no more ${wordOf(measure)} than the version before`
    return { route, status: 'fail', need, evidence }
  }
  if (harmless >= -Math.log(alpha)) return { route, status: 'pass', evidence }
  const need = `about ${requestsMissing(compared)} more requests to the new version`
  return { route, status: 'undecided', reason: 'too_few_samples', need, evidence }
}

/** Either shows it: that its rate is not the harmful multiple of the other one, or that there is hardly any. */
function logEvidenceHarmless({ comparison, rule }: Compared): number {
  const { canary, dispersion, evidence } = comparison
  const negligible = logEvidenceNegligible(canary, { limit: rule.negligible, dispersion })
  return Math.max(evidence.harmless, negligible)
}

/** Returns how many requests to the canary would show it harmless, if it goes on like its baseline. */
function requestsMissing({ comparison, rule, alpha }: Compared): number {
  const { canary, baseline, dispersion, evidence } = comparison
  const { harmfulRatio, negligible: limit } = rule
  const requests = canary.requests + baseline.requests
  const rate = requests === 0 ? 0 : (canary.errors + baseline.errors) / requests
  const share = requests === 0 ? 0.5 : canary.requests / requests
  const errors = errorsToShowHarmless(evidence, { harmfulRatio, dispersion }, { share, alpha })
  const byRatio = rate === 0 || share === 0 ? Infinity : (errors / rate) * share
  const now = logEvidenceNegligible(canary, { limit, dispersion })
  const perRequest = logEvidenceNegligible({ requests: 1, errors: rate }, { limit, dispersion })
  const byLimit = perRequest > 0 ? (-Math.log(alpha) - now) / perRequest : Infinity
  return Math.ceil(Math.min(byRatio, byLimit))
}

function wordOf(measure: CanaryMeasure): string {
  return measure === 'errors' ? 'errors' : 'slow requests'
}

function shareOf({ requests, errors }: CanaryComparison['canary']): number | null {
  return requests === 0 ? null : percentOf(errors / requests)
}

function threeDigits(value: number): number {
  return Number(value.toPrecision(3))
}
