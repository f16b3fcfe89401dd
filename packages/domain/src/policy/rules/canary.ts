import { type RouteName, type Rule, SECOND_MS } from '@portcullis/contracts'

import { dispersionIn, evidenceOf, sumOfComparisons } from '../../canary/compare.ts'
import { logEvidenceNegligible } from '../../statistics/negligible.ts'
import { errorsToShowHarmless, logEvidenceWorse } from '../../statistics/rate-ratio.ts'
import type {
  CanaryComparison,
  CanaryFacts,
  CanaryMeasure,
  Dispersions,
  RuleFacts,
} from '../facts.ts'
import { percentOf, type RuleFinding } from '../rule-result.ts'
import { selectsRoute } from '../selects.ts'

type CanaryRule = Extract<Rule, { type: 'canary' }>

/**
 * Judges whether a canary is worse than what it is compared with, shown harmless, or neither yet. It may be asked as often as
 * one likes: the evidence is valid at every moment. Where nothing is compared nothing passes: a canary
 * without traffic is no good one, and neither is one whose traffic ended. Only a release that was finished is none any more:
 * until the next one is announced, or seen, there is nothing to judge.
 */
export function judgeCanary(rule: CanaryRule, { canaryOf, isFinished }: RuleFacts): RuleFinding[] {
  const facts = canaryOf(rule)
  if (facts === null && isFinished) {
    return [{ route: null, status: 'pass', evidence: { release: 'finished' } }]
  }
  const served = [...(facts?.byRoute ?? [])].filter(([route]) => selectsRoute(rule.routes, route))
  if (facts === null || served.length === 0) {
    const need = 'traffic of the new version'
    return [{ route: null, status: 'undecided', reason: 'too_early', need, evidence: {} }]
  }
  // Each comparison must be as sure as all of them are to be (Bonferroni).
  const alpha = (1 - rule.confidence) / rule.of.length
  return [
    ...absences(rule, facts),
    ...rule.of.flatMap((measure) => {
      const compared = served.map(([route, measures]) => ({ route, ...measures[measure] }))
      return judgeMeasure(compared, {
        measure,
        rule,
        alpha,
        dispersions: facts.dispersions[measure],
      })
    }),
  ]
}

/** Traffic that vanishes holds. */
function absences({ routes }: CanaryRule, { missing, silentMs }: CanaryFacts): RuleFinding[] {
  const absent = (route: RouteName | null, evidence: RuleFinding['evidence']): RuleFinding => {
    const need = 'traffic of the new version, which should have come by now'
    return { route, status: 'undecided', reason: 'no_data', need, evidence }
  }
  return [
    ...(silentMs === null ? [] : [absent(null, { silent_s: silentMs / SECOND_MS })]),
    ...missing.filter((route) => selectsRoute(routes, route)).map((route) => absent(route, {})),
  ]
}

interface Asked {
  readonly measure: CanaryMeasure
  readonly rule: CanaryRule
  /** How often chance may be called a finding, in all that is judged. */
  readonly alpha: number
  /** Of all routes together. */
  readonly dispersions: Dispersions
}

interface Compared extends CanaryComparison {
  /** Null for several routes together. */
  readonly route: RouteName | null
}

/**
 * Judges routes by one measure: each for itself, and several together as well, because errors that are spread over all routes
 * show soonest there. Half of the chance of being wrong is for the one, half for the other. Those that tell too little
 * for themselves are shown harmless together, because many small routes are as much traffic as a large one.
 */
function judgeMeasure(compared: readonly Compared[], asked: Asked): RuleFinding[] {
  if (compared.length === 1) return [findingOf(compared[0]!, asked)]
  const half = { ...asked, alpha: asked.alpha / 2 }
  const ofRoute = { ...asked, alpha: half.alpha / compared.length }
  const together = (some: readonly Compared[]): Compared => {
    return { route: null, ...sumOfComparisons(some, asked.dispersions) }
  }
  const each = compared.map((one) => ({ one, finding: findingOf(one, ofRoute) }))
  const findings = each.map(({ finding }) => finding).filter(({ status }) => status !== 'undecided')
  const all = findingOf(together(compared), half)
  // Where a route is known to be bad, that says more.
  if (all.status === 'fail' && findings.every(({ status }) => status === 'pass')) findings.push(all)
  const open = each.filter(({ finding }) => finding.status === 'undecided')
  if (open.length === 0) return findings
  const rest = findingOf(together(open.map(({ one }) => one)), half)
  if (rest.status !== 'pass') return [...findings, ...open.map(({ finding }) => finding)]
  return [...findings, { ...rest, evidence: { ...rest.evidence, routes: open.length } }]
}

/** Evidence beyond this is certainty: its number would only grow. */
const EVIDENCE_SHOWN_MAX = 1e9

function findingOf(compared: Compared, asked: Asked): RuleFinding {
  const { route, canary, baseline } = compared
  const { rule, alpha, measure } = asked
  const dispersion = dispersionIn(compared)
  const ofRatio = evidenceOf(compared)
  const worse = logEvidenceWorse(ofRatio)
  const negligible = logEvidenceNegligible(canary, { limit: rule.negligible, dispersion })
  const harmless = Math.max(ofRatio.harmless, negligible)
  const needed = -Math.log(alpha)
  const evidence = {
    of: measure,
    against: compared.against,
    canary_requests: canary.requests,
    canary_bad_pct: shareOf(canary),
    baseline_requests: baseline.requests,
    baseline_bad_pct: shareOf(baseline),
    harmful_ratio: rule.harmfulRatio,
    // Either is said from 1 / alpha on.
    evidence_worse: shownEvidence(worse),
    evidence_harmless: shownEvidence(harmless),
    evidence_needed: shownEvidence(needed),
    dispersion: threeDigits(dispersion),
  }
  // A share that does not matter is harmless, whatever the other one is.
  if (worse >= needed && negligible < needed) {
    const need = `no more ${wordOf(measure)} than ${baselineText(compared)}: ${sharesText(compared)}`
    return { route, status: 'fail', need, evidence }
  }
  if (harmless >= needed) return { route, status: 'pass', evidence }
  const need = needOf(requestsMissing(compared, asked))
  return { route, status: 'undecided', reason: 'too_few_samples', need, evidence }
}

function baselineText({ against }: CanaryComparison): string {
  return against === 'before' ? 'before the release' : 'the version before'
}

/** What was shown to be worse has requests on both sides. */
function sharesText({ canary, baseline }: CanaryComparison): string {
  return `${shareOf(canary)} % of ${canary.requests} requests, against ${shareOf(baseline)} % of ${baseline.requests}`
}

function needOf(requests: number): string {
  return Number.isFinite(requests)
    ? `about ${requests} more requests to the new version`
    : 'requests to the version before, to compare with'
}

/** Returns how many requests to the canary would show it harmless, if it goes on like its baseline. */
function requestsMissing(compared: CanaryComparison, { rule, alpha }: Asked): number {
  const { canary, baseline } = compared
  const { harmfulRatio, negligible: limit } = rule
  const dispersion = dispersionIn(compared)
  const requests = canary.requests + baseline.requests
  const rate = requests === 0 ? 0 : (canary.errors + baseline.errors) / requests
  const share = requests === 0 ? 0.5 : canary.requests / requests
  const errors = errorsToShowHarmless(
    evidenceOf(compared),
    { harmfulRatio, dispersion },
    { share, alpha },
  )
  const byRatio = rate === 0 || share === 0 || share === 1 ? Infinity : (errors / rate) * share
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

function shownEvidence(logarithm: number): number {
  return threeDigits(Math.min(EVIDENCE_SHOWN_MAX, Math.exp(logarithm)))
}

function threeDigits(value: number): number {
  return Number(value.toPrecision(3))
}
