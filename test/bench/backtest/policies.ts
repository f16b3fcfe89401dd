import { SERVICES } from '../history/minute-shapes.ts'

const HEAD = { apiVersion: 'portcullis.dev/v1' }

/** What looks at ten seconds, at the log, and at the windows between. */
export const PRECISE: readonly object[] = [
  policy('precise', {}, [
    { type: 'error_rate', max: '1%' },
    { type: 'error_rate', name: 'at-once', max: '20%', window: '90s' },
    { type: 'latency', percentile: 95, max: '300ms' },
    { type: 'latency', name: 'at-once-slow', percentile: 95, max: '500ms', window: '90s' },
    { type: 'alarm' },
    { type: 'incident' },
    { type: 'traffic', minRequests: 100 },
    { type: 'freeze' },
  ]),
]

/** What whole minutes tell, and an objective for each service. */
export const BY_MINUTES: readonly object[] = SERVICES.flatMap((service) => [
  {
    ...HEAD,
    kind: 'Slo',
    metadata: { name: service },
    spec: { service, objective: '99.5%', period: { rolling: '28d' } },
  },
  policy(service, { services: [service] }, [
    { type: 'error_rate', max: '1%', window: '5m' },
    { type: 'latency', percentile: 95, max: '300ms', window: '5m' },
    { type: 'error_budget', slo: service, atLeast: '10%' },
  ]),
])

function policy(name: string, selector: object, rules: readonly object[]): object {
  return { ...HEAD, kind: 'ReleasePolicy', metadata: { name }, spec: { selector, rules } }
}
