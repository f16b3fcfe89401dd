import type { z } from 'zod'

import { fieldErrorsOf } from '../../problem/field-errors.ts'
import { NO_JSON } from './read-batch.ts'

/** Returns the first thing that a schema does not like about an item: `field: message`. */
export function whyNot(schema: z.ZodType, item: unknown): string {
  if (item === NO_JSON) return 'the line is not JSON'
  const parsed = schema.safeParse(item)
  if (parsed.success) throw new Error('the fast check refused what the schema takes')
  const [first] = fieldErrorsOf(parsed.error.issues, 'item')
  if (first === undefined) return 'cannot be used'
  return first.field === '' ? first.message : `${first.field}: ${first.message}`
}
