import { POLICY_API_VERSION } from '@portcullis/contracts'
import { type OpenRule, percentOf, type SuggestedLimit } from '@portcullis/domain'
import { isoOf, type SuggestedLimits } from '@portcullis/projections'
import { z } from 'zod'

import { Precision } from '../past/parameters.ts'
import type { SuggestionQuery } from './parameters.ts'

const Instants = z.int().nonnegative()
const Limit = z.string().nullable()

const RuleSuggestion = z.object({
  type: z.enum(['error_rate', 'latency']),
  window: z.string(),
  percentile: z.number().nullable().describe('Of a latency'),
  max: Limit.describe('The suggested limit; null where none can be made'),
  why: z
    .enum(['too_little_history', 'too_little_traffic', 'blocks_more'])
    .nullable()
    .describe(
      'Why there is none: fewer than 100 instants had enough requests to judge, or less than half of those with ' +
        'traffic had, or the loosest limit blocks more than is wanted',
    ),
  held_by: z
    .enum(['blocks', 'traffic'])
    .nullable()
    .describe(
      'Why it is no smaller one: that blocks more than is wanted, or needs more requests than there are',
    ),
  instants: Instants.describe('That were looked at'),
  silent: Instants.describe('Of these, without a request'),
  undecided: Instants.nullable().describe('With too few requests for the suggested limit'),
  judged: Instants.nullable().describe('With enough'),
  blocked: Instants.nullable().describe('Of the judged, above the suggested limit'),
  blocked_pct: z.number().nullable().describe('Of the judged'),
  median: Limit.describe('The limit that half of the judged instants exceed at most'),
  worst: Limit.describe('The limit that none exceeds; null where one exceeds any'),
})

/** The answer of `GET /v1/policy-suggestions`. */
export const SuggestionAnswer = z.object({
  service: z.string(),
  environment: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  step_ms: z.int(),
  wanted_blocks_pct: z.number(),
  precision: Precision.unwrap(),
  rules: z.array(RuleSuggestion),
  policy: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('A ReleasePolicy of the rules for which there is a limit; null where there is none'),
})

/** Returns what is answered. */
export function suggestionAnswer(
  query: SuggestionQuery,
  rules: readonly OpenRule[],
  { precision, to, limits }: SuggestedLimits,
): z.infer<typeof SuggestionAnswer> {
  const { service, environment, from, step, blocks } = query
  return {
    ...{ service, environment },
    from: isoOf(from),
    to: isoOf(to),
    step_ms: step,
    wanted_blocks_pct: percentOf(blocks),
    precision,
    rules: rules.map((rule, nth) => ruleBody(rule, limits[nth]!)),
    policy: policyOf(query, rules, limits),
  }
}

function ruleBody(
  rule: OpenRule,
  { instants, silent, suggested, why, heldBy, median, worst }: SuggestedLimit,
): z.infer<typeof RuleSuggestion> {
  return {
    type: rule.type,
    window: rule.window,
    percentile: rule.type === 'latency' ? rule.percentile : null,
    max: suggested?.limit ?? null,
    why,
    held_by: heldBy,
    instants,
    silent,
    undecided: suggested?.undecided ?? null,
    judged: suggested?.judged ?? null,
    blocked: suggested?.failed ?? null,
    blocked_pct: suggested === null ? null : percentOf(suggested.failed / suggested.judged),
    median,
    worst,
  }
}

function policyOf(
  { service, environment, name }: SuggestionQuery,
  open: readonly OpenRule[],
  limits: readonly SuggestedLimit[],
): Record<string, unknown> | null {
  const rules = open.flatMap((rule, nth) => {
    const { suggested } = limits[nth]!
    return suggested === null ? [] : [{ ...rule, max: suggested.limit }]
  })
  if (rules.length === 0) return null
  return {
    apiVersion: POLICY_API_VERSION,
    kind: 'ReleasePolicy',
    metadata: { name },
    spec: { selector: { services: [service], environments: [environment] }, rules },
  }
}
