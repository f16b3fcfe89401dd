import { z } from 'zod'

import { lineOf } from '../text.ts'

/** Name of a policy, an objective, a freeze or a rule, as Kubernetes writes names (RFC 1123 labels). */
export const PolicyName = z
  .string()
  .max(63, 'must have at most 63 characters')
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/u,
    'must be lower case letters, digits and -, and begin and end with a letter or digit',
  )
  .brand<'PolicyName'>()
export type PolicyName = z.infer<typeof PolicyName>

/**
 * A name in which `*` stands for any text: `checkout-*`. Nothing else is special, so that it can be matched in a
 * time that its length bounds.
 */
export function patternOf(lengthMax: number) {
  return lineOf(lengthMax)
}

export const LabelKey = z
  .string()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/u,
    'must be a label key, like tier or app/team',
  )
export const LabelValue = lineOf(128)

/** Labels that things carry, or that must be carried. */
export const Labels = z
  .record(LabelKey, LabelValue)
  .refine((labels) => Object.keys(labels).length <= 32, 'must have at most 32 labels')
export type Labels = z.infer<typeof Labels>
