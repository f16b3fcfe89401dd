/** How many policies decide, and how many rules each has. */
export const POLICIES = 20
export const RULES = 10

/** Returns enforced policies for a service: windows of several lengths, limits of their own, the log and the calendar. */
export function twentyPolicies(service: string): object[] {
  return Array.from({ length: POLICIES }, (_, nth) => ({
    apiVersion: 'portcullis.dev/v1',
    kind: 'ReleasePolicy',
    metadata: { name: `policy-${nth}` },
    spec: { selector: { services: [service] }, rules: rulesOf(nth) },
  }))
}

function rulesOf(nth: number): object[] {
  return [
    { type: 'error_rate', name: 'errors-1m', max: `${nth + 1}%`, window: '1m' },
    { type: 'error_rate', name: 'errors-5m', max: `${nth + 1}%` },
    { type: 'error_rate', name: 'errors-15m', max: `${nth + 1}%`, window: '15m' },
    { type: 'latency', name: 'p95-1m', percentile: 95, max: `${300 + nth}ms`, window: '1m' },
    { type: 'latency', name: 'p95-5m', percentile: 95, max: `${300 + nth}ms` },
    { type: 'latency', name: 'slow-5m', slowerThan: `${400 + nth}ms`, maxShare: '1%' },
    { type: 'alarm' },
    { type: 'incident' },
    { type: 'traffic', minRequests: 100 + nth },
    { type: 'freeze' },
  ]
}
