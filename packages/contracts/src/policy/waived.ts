import { z } from 'zod'

/** Policies, or rules, that one waiver names, at most. */
export const WAIVED_MAX = 100

/** The name of a rule of a policy, or, of the default policy, a reason: `error-rate`, `error_rate_critical`. */
export const WaivedRule = z
  .string()
  .max(64, 'must have at most 64 characters')
  .regex(
    /^[a-z0-9][a-z0-9_-]*$/u,
    'must be the name of a rule, or a reason, like error_rate_critical',
  )

/** The policy whose rules are the first system's; each of its reasons is a rule of that name. */
export const DEFAULT_POLICY = 'default'
