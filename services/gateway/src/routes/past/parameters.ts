import { type EpochMs, Heads, InstantInput, instantOf } from '@portcullis/contracts'
import { z } from 'zod'

/** An instant in a query. */
export const InstantParameter = z
  .string()
  .transform((text, context): EpochMs => {
    const parsed = InstantInput.safeParse(/^\d{1,15}$/u.test(text) ? Number(text) : text)
    if (parsed.success) return instantOf(parsed.data)
    const message =
      'must be an RFC 3339 instant (with + as %2B) or epoch milliseconds, from 1970 to 9999'
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  .describe('RFC 3339, or epoch milliseconds')

/** As of when a question is meant. */
export const At = InstantParameter.optional().describe(
  'What was known at that instant (RFC 3339 or epoch milliseconds), from the log; now when left out',
)

/** Where an earlier answer was read: `heads` of it. */
export const GivenHeads = z
  .string()
  .regex(/^\d{1,15}(,\d{1,15}){1,64}$/u, 'must be numbers with commas: the log, then every shard')
  .transform((text): z.input<typeof Heads> => {
    const [log = 0, ...metrics] = text.split(',').map(Number)
    return { log, metrics }
  })
  .pipe(Heads)
  .optional()
  .describe(
    'With `at`: `heads` of an earlier answer, `log` and then `metrics`, in place of those that `at` had',
  )

/** How exact an answer of the past is. */
export const Precision = z
  .enum(['exact', 'minute'])
  .optional()
  .describe(
    'With `at`. `exact`: from the batches that were known then. `minute`: these are no longer kept; from the ' +
      'stored minutes, as of the end of one',
  )
