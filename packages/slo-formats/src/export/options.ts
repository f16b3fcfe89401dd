import type { LabelMeaning } from '../indicator/labels.ts'

/** What the rules are written for: a histogram of the durations of requests, and its labels. */
export interface ExportOptions {
  /** Without `_count` and `_bucket`. */
  readonly metric: string
  readonly labels: Readonly<Record<LabelMeaning, string>>
  /** Bounds of the histogram's buckets, in the unit of the metric: seconds. */
  readonly bucketsSeconds: readonly number[]
}

/**
 * What services have that are instrumented with OpenTelemetry and write to Prometheus (OpenTelemetry, "Semantic conventions for
 * HTTP metrics", `http.server.request.duration` with its advised buckets; resource attributes promoted to labels).
 */
export const DEFAULT_EXPORT: ExportOptions = {
  metric: 'http_server_request_duration_seconds',
  labels: {
    service: 'service_name',
    environment: 'deployment_environment_name',
    route: 'http_route',
    method: 'http_request_method',
    status: 'http_response_status_code',
  },
  bucketsSeconds: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
}
