import {
  DEFAULT_ENVIRONMENT,
  type EnvironmentName,
  type PolicyName,
  type Rule,
} from '@portcullis/contracts'
import {
  AGO_MS,
  type AppliedPolicies,
  type LimitBins,
  limitBinOf,
  USUAL_AGO_MS,
} from '@portcullis/domain'

import type { ServiceScope, ServiceTraffic } from '../traffic/windows.ts'
import type { WantedCanary } from './live-canaries.ts'
import type { PastAsked } from './live-past.ts'
import type { LiveReleases } from './live-releases.ts'

/** Returns the windows of the past that the rules in force look at, for each service that was heard of. */
export function wantedPast(
  applied: AppliedPolicies,
  services: Iterable<ServiceTraffic>,
): PastAsked[] {
  const windows = new Map(
    rulesIn(applied)
      .flatMap(windowsOf)
      .map((one) => [`${one.agoMs} ${one.windowMs}`, one]),
  )
  if (windows.size === 0) return []
  return [...services].flatMap(({ service, environment }) => {
    const scope: ServiceScope = { service, environment }
    return [...windows.values()].map((one) => ({ scope, ...one }))
  })
}

function windowsOf(rule: Rule): Pick<PastAsked, 'agoMs' | 'windowMs'>[] {
  if (rule.type === 'regression') return [{ agoMs: AGO_MS[rule.against], windowMs: rule.window }]
  if (rule.type === 'traffic' && rule.minShareOfUsual !== undefined) {
    return [{ agoMs: USUAL_AGO_MS, windowMs: rule.window }]
  }
  return []
}

/** Returns the releases that are to be compared; none where no rule asks. */
export function wantedCanaries(applied: AppliedPolicies, releases: LiveReleases): WantedCanary[] {
  if (!rulesIn(applied).some(({ type }) => type === 'canary')) return []
  return Array.from(releases.besides(), ({ service, environment, canary }) => {
    return { service, environment, version: canary.version, since: canary.at }
  })
}

/** Returns the names of the objectives that rules look at. */
export function budgetsOfRules(applied: AppliedPolicies): ReadonlySet<PolicyName> {
  return new Set(
    rulesIn(applied).flatMap((rule) =>
      rule.type === 'burn_rate' || rule.type === 'error_budget' ? [rule.slo] : [],
    ),
  )
}

/**
 * Returns the bins above which rules count slow requests in windows of more than the last minute; null where one looks at
 * windows in another way.
 */
export function limitBinsOf(tried: readonly AppliedPolicies[]): LimitBins | null {
  const bins = new Set<number>()
  for (const rule of tried.flatMap(rulesIn)) {
    if (rule.type === 'regression') return null
    if (rule.type === 'latency') bins.add(limitBinOf(rule))
  }
  return [...bins].toSorted((a, b) => a - b)
}

/** Returns all rules that are in force. */
export function rulesIn(applied: AppliedPolicies): Rule[] {
  return [...applied.values()].flatMap(({ document }) =>
    document.kind === 'ReleasePolicy' ? document.spec.rules : [],
  )
}

/**
 * Whether a rule looks at other services than the one that is asked about: at their traffic, or at an objective that is kept
 * in each environment in which its service is heard of.
 */
export function looksElsewhere(applied: AppliedPolicies, environment: EnvironmentName): boolean {
  const types = rulesIn(applied).map(({ type }) => type)
  if (types.includes('dependency')) return true
  const isUsual = environment === DEFAULT_ENVIRONMENT
  return !isUsual && types.some((type) => type === 'burn_rate' || type === 'error_budget')
}
