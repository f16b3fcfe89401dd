import type { DomainEvent, EpochMs, EventData, RecordedPolicy } from '@portcullis/contracts'

import { hasSameEntries } from '../same-entries.ts'
import type { PolicyVerdict } from '../verdict/govern.ts'

type VerdictChanged = Extract<DomainEvent, { type: 'verdict.changed' }>
type Recorded = EventData<'verdict.changed'>

/** What a verdict is for one service and environment, with what its policies say. */
export type OutcomeNow = Omit<Recorded, 'policies' | 'previous' | 'notify'> & {
  readonly policies: readonly PolicyVerdict[]
}

/** What was recorded last of a service and environment, as far as a change depends on it. */
export type LastOutcome = Pick<Recorded, 'outcome' | 'pass' | 'policies'>

/**
 * Returns the event that records a verdict, if its outcome is another one than the last that was recorded for the
 * service and environment, or what one of its policies says is; or the first. Other reasons for the
 * same outcome are no change: a failing service would fill the log with them.
 *
 * `channels`, by name, are told of the first, and of another outcome or `pass`; not of what only a
 * policy says, which decides nothing by itself.
 */
export function decideOutcome(
  last: LastOutcome | undefined,
  verdict: OutcomeNow,
  channels: readonly string[],
): readonly VerdictChanged[] {
  const policies = verdict.policies.map((one) => {
    const before = last?.policies.find(({ policy }) => policy === one.policy)
    return recordPolicy(one, before, verdict.asOf)
  })
  const isSameAnswer = last?.outcome === verdict.outcome && last.pass === verdict.pass
  if (isSameAnswer && areEqual(last.policies, policies)) return []
  const reasons = [...new Set(verdict.reasons)].toSorted()
  const previous = last === undefined ? null : { outcome: last.outcome, pass: last.pass }
  const notify = isSameAnswer ? [] : [...channels]
  return [{ type: 'verdict.changed', data: { ...verdict, reasons, policies, previous, notify } }]
}

/**
 * Returns what is recorded of a policy's verdict, given what was before: since when it has passed. Another version begins
 * anew: it asks for other things.
 */
export function recordPolicy(
  { policy, version, mode, outcome, pass, rules }: PolicyVerdict,
  before: RecordedPolicy | undefined,
  asOf: EpochMs,
): RecordedPolicy {
  const isPassing = rules
    .filter((rule) => rule.mode === mode && rule.type !== 'healthy_for')
    .every(({ status }) => status === 'pass')
  const since = before?.version === version ? before.passingSince : null
  const tried = rules.filter((rule) => rule.mode === 'shadow')
  return {
    policy,
    version,
    mode,
    outcome,
    pass,
    passingSince: isPassing ? (since ?? asOf) : null,
    tried: Object.fromEntries(tried.map(({ rule, status }) => [rule, status])),
  }
}

function areEqual(a: readonly RecordedPolicy[], b: readonly RecordedPolicy[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, nth) => {
      const other = b[nth]!
      return (
        one.policy === other.policy &&
        one.version === other.version &&
        one.mode === other.mode &&
        one.outcome === other.outcome &&
        one.pass === other.pass &&
        one.passingSince === other.passingSince &&
        hasSameEntries(one.tried, other.tried)
      )
    })
  )
}
