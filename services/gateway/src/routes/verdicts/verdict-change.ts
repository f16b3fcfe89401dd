import { Outcome, type RecordedEvent, RuleMode } from '@portcullis/contracts'
import { isoOf } from '@portcullis/projections'
import { z } from 'zod'

/** A recorded change of a verdict, or of what a policy says. */
export const VerdictChange = z.object({
  position: z.int().describe('In the log'),
  service: z.string(),
  environment: z.string(),
  outcome: Outcome,
  pass: z.boolean(),
  reasons: z.array(z.string()).describe('Of what blocked, each once'),
  as_of: z.iso.datetime(),
  recorded_at: z.iso.datetime(),
  policies: z.array(
    z.object({
      policy: z.string(),
      version: z.string(),
      mode: RuleMode,
      outcome: Outcome,
      pass: z.boolean(),
      passing_since: z.iso.datetime().nullable(),
      tried: z.record(z.string(), Outcome).describe('What rules say that are only tried'),
    }),
  ),
})
export type VerdictChange = z.infer<typeof VerdictChange>

type Changed = Extract<RecordedEvent, { type: 'verdict.changed' }>

/** Whether an event is a change of a verdict. */
export function isVerdictChange(event: RecordedEvent): event is Changed {
  return event.type === 'verdict.changed'
}

/** Returns a change as it is answered. */
export function verdictChangeOf({ position, recordedAt, data }: Changed): VerdictChange {
  const { service, environment, outcome, pass, reasons, asOf, policies } = data
  return {
    ...{ position, service, environment, outcome, pass, reasons },
    as_of: isoOf(asOf),
    recorded_at: isoOf(recordedAt),
    policies: policies.map(({ passingSince, ...policy }) => ({
      ...policy,
      passing_since: passingSince === null ? null : isoOf(passingSince),
    })),
  }
}
