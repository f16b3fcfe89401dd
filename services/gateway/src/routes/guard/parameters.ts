import { EnvironmentName, ServiceName, VersionName } from '@portcullis/contracts'
import type { GuardParameters } from '@portcullis/domain'
import { z } from 'zod'

import { At, GivenHeads } from '../past/parameters.ts'

const FLAGS: Readonly<Record<string, boolean>> = { true: true, false: false, 1: true, 0: false }

const Flag = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .transform((word) => FLAGS[word] === true)

function numberFrom(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,6})?$/u, 'must be a number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))
}

function integerFrom(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/u, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
}

/** The query of `GET /ops/release-guard`; what is left out is as the settings say. */
export const GuardQuery = z
  .strictObject({
    service: ServiceName.optional(),
    environment: EnvironmentName.optional(),
    version: VersionName.optional(),
    explain: Flag.optional(),
    allow_warn: Flag.optional(),
    check_regress: Flag.optional(),
    min_samples: integerFrom(1, 1_000_000).optional(),
    hard_error_pct: numberFrom(0, 100).optional(),
    blocked_status: z
      .enum(['200', '403', '409', '503'], 'must be 200, 403, 409 or 503')
      .transform(Number)
      .optional(),
    at: At,
    heads: GivenHeads,
  })
  .refine(({ at, heads }) => heads === undefined || at !== undefined, {
    path: ['heads'],
    message: 'needs `at`: `as_of` of the same answer',
  })
export type GuardQuery = z.infer<typeof GuardQuery>

const HEADERS = {
  'x-guard-lookback-min': integerFrom(1, 10_080).optional(),
  'x-guard-min-esc-level': integerFrom(0, 1_000).optional(),
  'x-guard-include-warning': Flag.optional(),
}

/**
 * The headers of `GET /ops/release-guard`, as the first system named them. A name that is mistyped is
 * refused like a parameter's: it was meant to change the verdict.
 */
export const GuardHeaders = z.looseObject(HEADERS).superRefine((given, context) => {
  for (const name of Object.keys(given)) {
    if (!name.startsWith('x-guard-') || Object.hasOwn(HEADERS, name)) continue
    context.addIssue({ code: 'unrecognized_keys', keys: [name], input: given })
  }
})
export type GuardHeaders = z.infer<typeof GuardHeaders>

/** Returns the parameters of a question: what was asked, over what the settings say. */
export function guardParametersOf(
  query: GuardQuery,
  headers: GuardHeaders,
  defaults: GuardParameters,
): GuardParameters {
  return {
    allow_warn: query.allow_warn ?? defaults.allow_warn,
    check_regress: query.check_regress ?? defaults.check_regress,
    min_samples: query.min_samples ?? defaults.min_samples,
    hard_error_pct: query.hard_error_pct ?? defaults.hard_error_pct,
    lookback_min: headers['x-guard-lookback-min'] ?? defaults.lookback_min,
    min_esc_level: headers['x-guard-min-esc-level'] ?? defaults.min_esc_level,
    include_warning: headers['x-guard-include-warning'] ?? defaults.include_warning,
  }
}
