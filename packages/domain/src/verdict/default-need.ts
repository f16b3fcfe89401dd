import type { Finding } from './finding.ts'

/** Returns what would turn a finding of the default policy green, in words. */
export function defaultNeed({ reason, service, route, evidence }: Finding): string {
  const where = route ?? service ?? 'all services'
  switch (reason) {
    case 'error_rate_critical':
    case 'hard_error_threshold':
      return `${where}: fewer errors in the last minute: ${String(evidence['err_rate_1m'])} % of ${String(evidence['samples_1m'])} requests`
    case 'slo_violation':
      return `${where}: latency and errors of the last minute within 1.2 times their targets`
    case 'p95_regression_critical':
      return `${where}: a p95 that no longer rises`
    case 'warning_alarm':
      return `${where}: no ${String(evidence['kind'])} alarm`
    case 'incident_open':
      return `incident ${String(evidence['incident_key'])} of ${String(service)} acknowledged or resolved`
    case 'stale_data':
      return `${service ?? 'the store'}: up-to-date data (${String(evidence['cause'])})`
    default:
      return `${where}: no ${reason}`
  }
}
