import type { Finding, Reason } from './finding.ts'

/** Returns what would turn a finding green, in words. */
export function needOf(finding: Finding): string {
  const { need, reason, route, service } = finding
  if (need !== undefined) return route === null ? need : `${route}: ${need}`
  const text = DEFAULT_NEEDS[reason]?.(finding) ?? `no ${reason}`
  // An incident's key names its route.
  return reason === 'incident_open' ? text : `${route ?? service ?? 'all services'}: ${text}`
}

const fewerErrors = ({ evidence }: Finding): string =>
  `fewer errors in the last minute: ${String(evidence['err_rate_1m'])} % of ${String(evidence['samples_1m'])} requests`

/** What findings of the default policy need. */
const DEFAULT_NEEDS: Partial<Readonly<Record<Reason, (finding: Finding) => string>>> = {
  stale_data: ({ evidence }) => `data that are up to date (${String(evidence['cause'])})`,
  freeze: ({ evidence }) =>
    `the end of the freeze ${String(evidence['freeze'])}, at ${String(evidence['until'])}`,
  error_rate_critical: fewerErrors,
  hard_error_threshold: fewerErrors,
  slo_violation: () => 'latency and errors of the last minute within 1.2 times their targets',
  p95_regression_critical: () => 'a p95 that no longer rises',
  warning_alarm: ({ evidence }) => `no ${String(evidence['kind'])} alarm`,
  incident_open: ({ evidence }) =>
    `incident ${String(evidence['incident_key'])} acknowledged or resolved`,
}
