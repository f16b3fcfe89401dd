import type { Reason } from '@portcullis/domain'

/** A violation or a warning of a verdict, as it came over the wire. */
export interface WireFinding {
  readonly reason: string
  readonly service: string | null
  readonly route: string | null
  readonly evidence: Readonly<Record<string, unknown>>
}

type Evidence = WireFinding['evidence']

const TEXTS: Readonly<Record<Reason, (evidence: Evidence) => string>> = {
  stale_data: staleText,
  no_data: ({ samples_1m, min_samples }) =>
    `too few requests to judge: ${shown(samples_1m)} in the last minute, ${shown(min_samples)} are needed`,
  error_rate_critical: rateText,
  hard_error_threshold: (evidence) =>
    `${rateText(evidence)}; ${shown(evidence['hard_error_pct'])} % block without an alarm`,
  slo_violation: sloText,
  p95_regression_critical: riseText,
  warning_alarm: (evidence) => `warning: ${alarmText(evidence)}`,
  incident_open: (evidence) => `${incidentText(evidence)}; nobody took it over`,
  incident_outside_lookback: (evidence) =>
    `${incidentText(evidence)}; it left the lookback and still waits for somebody`,
}

/** Returns in words why a verdict blocks or warns; the figures are those of the evidence. */
export function findingText({ reason, evidence }: WireFinding): string {
  const text = Object.entries(TEXTS).find(([known]) => known === reason)?.[1]
  // A newer gateway may know more reasons.
  return text === undefined ? `${reason} (${pairs(evidence)})` : text(evidence)
}

function staleText({ cause, ...evidence }: Evidence): string {
  switch (cause) {
    case 'behind':
      return `stale: a batch has waited for ${shown(evidence['oldest_waiting_s'])} s to be folded`
    case 'no_aggregator':
      return evidence['last_heard_at'] === null
        ? 'stale: no aggregator was ever heard of'
        : `stale: no aggregator was heard of since ${shown(evidence['last_heard_at'])}`
    case 'parked_batch':
      return 'stale: a batch could not be folded; see `portcullis queues parked`'
    case 'incomplete_window':
      return `stale: ${shown(evidence['batches'])} accepted batches were lost since ${shown(evidence['since'])}`
    case 'store_unavailable':
      return `stale: the gateway cannot reach its database (${shown(evidence['why'])})`
    default:
      return `stale: ${pairs({ cause, ...evidence })}`
  }
}

function rateText({ err_rate_1m, samples_1m }: Evidence): string {
  return `${shown(err_rate_1m)} % of ${shown(samples_1m)} requests failed in the last minute`
}

function riseText({ p95_ms_before, p95_ms_now, increase_pct }: Evidence): string {
  const rise = `from ${shown(p95_ms_before)} to ${shown(p95_ms_now)} ms`
  return `p95 rose ${rise} within a minute (+${shown(increase_pct)} %)`
}

function alarmText(evidence: Evidence): string {
  if (evidence['kind'] === 'error_rate') return rateText(evidence)
  return evidence['kind'] === 'p95_regress' ? riseText(evidence) : pairs(evidence)
}

/** Only the dimensions that are beyond their target by a fifth, which is what blocks. */
function sloText({ targets, actual, dims }: Evidence): string {
  const [target, was, state] = [membersOf(targets), membersOf(actual), membersOf(dims)]
  const parts = [
    ['p95', 'p95_ms', 'ms'],
    ['error rate', 'err_pct', '%'],
  ] as const
  const critical = parts
    .filter(([, name]) => state[name] === 'critical')
    .map(
      ([label, name, unit]) =>
        `${label} ${shown(was[name])} ${unit} (target ${shown(target[name])})`,
    )
  return `${critical.join(', ')} over ${shown(was['samples_1m'])} requests`
}

function incidentText({
  severity,
  kind,
  escalation_level,
  first_seen,
  incident_id,
}: Evidence): string {
  const what = `${shown(severity)} incident ${shown(kind)} at level ${shown(escalation_level)}`
  return `${what} since ${shown(first_seen)} (${shown(incident_id)})`
}

function membersOf(value: unknown): Evidence {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function pairs(evidence: Evidence): string {
  return Object.entries(evidence)
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join(', ')
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '?'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
