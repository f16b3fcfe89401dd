/** A rule as Prometheus reads it. */
export type PrometheusRule = ({ readonly record: string } | { readonly alert: string }) & {
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** A file of rules. */
export interface PrometheusRules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly PrometheusRule[] }[]
}

/** What of an objective is not in the rules. */
export interface ExportFinding {
  /** None of it is there, or a part is missing. */
  readonly kind: 'refused' | 'left_out'
  readonly slo: string
  /** Where in the document. */
  readonly path: readonly (string | number)[]
  readonly what: string
  readonly instead: string
}
