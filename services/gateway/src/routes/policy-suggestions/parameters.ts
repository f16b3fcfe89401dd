import {
  DAY_MS,
  DEFAULT_ENVIRONMENT,
  durationFrom,
  EnvironmentName,
  type EpochMs,
  HOUR_MS,
  Percent,
  PolicyName,
  RuleWindow,
  SECOND_MS,
  ServiceName,
} from '@portcullis/contracts'
import type { OpenRule } from '@portcullis/domain'
import { z } from 'zod'

import { problem, type Problem } from '../../problem/problem.ts'
import { InstantParameter } from '../past/parameters.ts'

/** What is gone through for an answer, at most. */
const RANGE_DAYS_MAX = 14
const STEPS_MAX = 50_000

const RULE_TYPES = ['error_rate', 'latency'] as const

const Percentile = z
  .string()
  .regex(/^\d{1,2}(\.\d{1,4})?$/u, 'must be a number above 0 and below 100')
  .transform(Number)
  .pipe(z.number().gt(0).lt(100))

/** The query of `GET /v1/policy-suggestions`. Quantities are written as in policy files. */
export const SuggestionQuery = z
  .strictObject({
    service: ServiceName,
    environment: EnvironmentName.default(DEFAULT_ENVIRONMENT),
    from: InstantParameter.describe(
      `RFC 3339 or epoch milliseconds; at most ${RANGE_DAYS_MAX} days before \`to\``,
    ),
    to: InstantParameter.optional().describe('RFC 3339 or epoch milliseconds; the present'),
    step: durationFrom(10 * SECOND_MS, HOUR_MS, '10s to 1h')
      .prefault('1m')
      .describe(`From one instant that is judged to the next, at most ${STEPS_MAX} of them`),
    rules: z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(z.enum(RULE_TYPES)).min(1).max(RULE_TYPES.length))
      .default([...RULE_TYPES])
      .describe('`error_rate`, `latency`, or both with a comma'),
    window: asWritten(RuleWindow).default('5m').describe('Of the rules'),
    percentile: Percentile.default(95).describe('Of the latency'),
    blocks: Percent.refine((share) => share < 1, 'must be below 100%')
      .prefault('1%')
      .describe('In which share of the judged instants a rule may block'),
    name: PolicyName.default('suggested' as PolicyName).describe('Of the policy'),
  })
  .refine(({ from, to }) => to === undefined || from < to, {
    path: ['from'],
    message: 'must be before `to`',
  })
export type SuggestionQuery = z.infer<typeof SuggestionQuery>

/** Checks a text by a schema, and leaves it as it is. */
function asWritten(schema: z.ZodType<unknown, string>) {
  return z.string().superRefine((text, context) => {
    for (const { message } of schema.safeParse(text).error?.issues ?? []) {
      context.addIssue({ code: 'custom', message })
    }
  })
}

/** Returns the rules for which limits are wanted. */
export function openRulesOf({ rules, window, percentile }: SuggestionQuery): OpenRule[] {
  return [...new Set(rules)].map((type) =>
    type === 'latency' ? { type, window, percentile } : { type, window },
  )
}

/** Throws a problem where more is asked for than is gone through for an answer. */
export function requireBounded({ from, to, step }: SuggestionQuery, now: EpochMs): void {
  const rangeMs = (to ?? now) - from
  if (rangeMs > RANGE_DAYS_MAX * DAY_MS) {
    throw tooMuch('from', `is more than ${RANGE_DAYS_MAX} days before \`to\``)
  }
  const steps = Math.ceil(rangeMs / step)
  if (steps > STEPS_MAX) throw tooMuch('step', `makes ${steps} steps; ${STEPS_MAX} are looked at`)
}

function tooMuch(field: string, message: string): Problem {
  const fix = 'Ask for less time, or take longer steps.'
  return problem('INVALID_PARAMETER', { errors: [{ field, message, fix }] })
}
