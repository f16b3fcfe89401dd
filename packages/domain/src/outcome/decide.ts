import type { DomainEvent, EventData } from '@portcullis/contracts'

type VerdictChanged = Extract<DomainEvent, { type: 'verdict.changed' }>
type OutcomeNow = EventData<'verdict.changed'>

/**
 * Returns the event that records a verdict of the default policy, if its outcome is another one than
 * the last that was recorded for the service and environment, or the first. Other reasons for the
 * same outcome are no change: a failing service would fill the log with them.
 */
export function decideOutcome(
  last: Pick<OutcomeNow, 'outcome' | 'pass'> | undefined,
  verdict: OutcomeNow,
): readonly VerdictChanged[] {
  if (last?.outcome === verdict.outcome && last.pass === verdict.pass) return []
  const reasons = [...new Set(verdict.reasons)].toSorted()
  return [{ type: 'verdict.changed', data: { ...verdict, reasons } }]
}
