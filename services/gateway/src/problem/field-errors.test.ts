// Goal: what is wrong with a field is told with a fix that somebody can follow.
import t from 'tap'
import { z } from 'zod'

import { GuardQuery } from '../routes/guard/parameters.ts'
import { fieldErrorsOf } from './field-errors.ts'

function fixesOf(schema: z.ZodType, given: unknown): string[] {
  const { error } = schema.safeParse(given)
  return fieldErrorsOf(error?.issues ?? [], 'parameters').map(({ fix }) => fix)
}

const TABLE: readonly [schema: z.ZodType, given: unknown, fix: string][] = [
  [GuardQuery, { min_samples: '5.5' }, 'Give a whole number.'],
  [GuardQuery, { hard_error_pct: 'NaN' }, 'Give a number.'],
  [GuardQuery, { hard_error_pct: '101' }, 'Give at most 100.'],
  [GuardQuery, { allow_warn: 'yes' }, 'Give true or false.'],
  [GuardQuery, { nonsense: '1' }, 'Leave it out.'],
  [z.strictObject({ a: z.string().min(1) }), { a: '' }, 'Give at least 1 character.'],
  [z.strictObject({ a: z.array(z.string()).min(2) }), { a: [] }, 'Give at least 2 entries.'],
  [z.strictObject({ a: z.string().regex(/^x/u) }), { a: 'y' }, 'See the API description at /docs.'],
  [
    z.strictObject({ a: z.record(z.string().regex(/^x/u, 'must be an x'), z.string()) }),
    { a: { b: 'c' } },
    'Give an x.',
  ],
  [z.strictObject({ a: z.uuid() }), { a: 'y' }, 'Give text of the form uuid.'],
]

for (const [schema, given, fix] of TABLE) {
  t.test(JSON.stringify(given), async (t) => {
    t.same(fixesOf(schema, given), [fix])
  })
}
