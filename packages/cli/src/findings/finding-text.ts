import type { DefaultReason } from '@portcullis/domain'

import { evidenceText, shownValue, type WireEvidence } from './evidence-text.ts'

/** A violation or a warning of a verdict, as it came over the wire. */
export interface WireFinding {
  readonly reason: string
  readonly service: string | null
  readonly route: string | null
  readonly evidence: WireEvidence
  /** Of a policy: which of its rules says so, and what would turn it green. */
  readonly policy?: string | undefined
  readonly rule?: string | undefined
  readonly need?: string | undefined
}

const TEXTS: Readonly<Record<DefaultReason, (evidence: WireEvidence) => string>> = {
  stale_data: staleText,
  no_data: ({ samples_1m, min_samples }) =>
    `too few requests to judge: ${shownValue(samples_1m)} in the last minute, ${shownValue(min_samples)} are needed`,
  freeze: ({ freeze, freeze_reason, until }) =>
    `frozen by ${shownValue(freeze)} until ${shownValue(until)}: ${shownValue(freeze_reason)}`,
  error_rate_critical: rateText,
  hard_error_threshold: (evidence) =>
    `${rateText(evidence)}; ${shownValue(evidence['hard_error_pct'])} % block without an alarm`,
  slo_violation: sloText,
  p95_regression_critical: riseText,
  warning_alarm: (evidence) => `warning: ${alarmText(evidence)}`,
  incident_open: (evidence) => `${incidentText(evidence)}; nobody took it over`,
  incident_outside_lookback: (evidence) =>
    `${incidentText(evidence)}; it left the lookback and still waits for somebody`,
}

/** Returns in words why a verdict blocks or warns; the figures are those of the evidence. */
export function findingText({ reason, evidence, policy, rule, need }: WireFinding): string {
  if (policy !== undefined && rule !== undefined) {
    return `${policy}/${rule}: ${need === undefined ? reason : `needs ${need}`}`
  }
  const text = Object.entries(TEXTS).find(([known]) => known === reason)?.[1]
  // A newer gateway may know more reasons.
  return text === undefined ? `${reason} (${evidenceText(evidence)})` : text(evidence)
}

function staleText({ cause, ...evidence }: WireEvidence): string {
  switch (cause) {
    case 'behind':
      return `stale: a batch has waited for ${shownValue(evidence['oldest_waiting_s'])} s to be folded`
    case 'no_aggregator':
      return evidence['last_heard_at'] === null
        ? 'stale: no aggregator was ever heard of'
        : `stale: no aggregator was heard of since ${shownValue(evidence['last_heard_at'])}`
    case 'parked_batch':
      return 'stale: a batch could not be folded; see `portcullis queues parked`'
    case 'incomplete_window':
      return `stale: ${shownValue(evidence['batches'])} accepted batches were lost since ${shownValue(evidence['since'])}`
    case 'store_unavailable':
      return `stale: the gateway cannot reach its database (${shownValue(evidence['why'])})`
    default:
      return `stale: ${evidenceText({ cause, ...evidence })}`
  }
}

function rateText({ err_rate_1m, samples_1m }: WireEvidence): string {
  return `${shownValue(err_rate_1m)} % of ${shownValue(samples_1m)} requests failed in the last minute`
}

function riseText({ p95_ms_before, p95_ms_now, increase_pct }: WireEvidence): string {
  const rise = `from ${shownValue(p95_ms_before)} to ${shownValue(p95_ms_now)} ms`
  return `p95 rose ${rise} within a minute (+${shownValue(increase_pct)} %)`
}

function alarmText(evidence: WireEvidence): string {
  if (evidence['kind'] === 'error_rate') return rateText(evidence)
  return evidence['kind'] === 'p95_regress' ? riseText(evidence) : evidenceText(evidence)
}

/** Only the dimensions that are beyond their target by a fifth, which is what blocks. */
function sloText({ targets, actual, dims }: WireEvidence): string {
  const [target, was, state] = [membersOf(targets), membersOf(actual), membersOf(dims)]
  const parts = [
    ['p95', 'p95_ms', 'ms'],
    ['error rate', 'err_pct', '%'],
  ] as const
  const critical = parts
    .filter(([, name]) => state[name] === 'critical')
    .map(
      ([label, name, unit]) =>
        `${label} ${shownValue(was[name])} ${unit} (target ${shownValue(target[name])})`,
    )
  return `${critical.join(', ')} over ${shownValue(was['samples_1m'])} requests`
}

function incidentText({
  severity,
  kind,
  escalation_level,
  first_seen,
  incident_id,
}: WireEvidence): string {
  const what = `${shownValue(severity)} incident ${shownValue(kind)} at level ${shownValue(escalation_level)}`
  return `${what} since ${shownValue(first_seen)} (${shownValue(incident_id)})`
}

function membersOf(value: unknown): WireEvidence {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
