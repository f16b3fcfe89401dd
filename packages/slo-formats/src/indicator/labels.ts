/** What Portcullis knows of a request, by the labels under which exporters and instrumentations tell it. */
export const LABELS = {
  service: ['service_name', 'service', 'job', 'app', 'app_kubernetes_io_name'],
  environment: ['deployment_environment_name', 'deployment_environment', 'environment', 'env'],
  route: ['http_route', 'route', 'handler', 'uri', 'path', 'path_template'],
  method: ['http_request_method', 'http_method', 'method', 'request_method'],
  status: [
    'http_response_status_code',
    'http_status_code',
    'status_code',
    'http_status',
    'response_code',
    'code',
    'status',
  ],
} as const

export type LabelMeaning = keyof typeof LABELS

/** Returns what a label tells of a request; undefined where Portcullis knows no such thing. */
export function meaningOfLabel(label: string): LabelMeaning | undefined {
  // OpenTelemetry's names are written with dots where Prometheus allows it.
  const name = label.replaceAll('.', '_')
  return (Object.keys(LABELS) as LabelMeaning[]).find((meaning) =>
    (LABELS[meaning] as readonly string[]).includes(name),
  )
}
