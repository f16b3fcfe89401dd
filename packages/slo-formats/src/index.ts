export { burnRatePolicies, type PolicyInput, type UselessPair } from './burn-rate-policies.ts'
export { exportPrometheusRules } from './export/export-prometheus-rules.ts'
export type { ExportFinding, PrometheusRule, PrometheusRules } from './export/prometheus-rule.ts'
export { DEFAULT_EXPORT, type ExportOptions } from './export/options.ts'
export type { Finding, FindingKind } from './finding.ts'
export {
  type ImportedSlo,
  type ImportOptions,
  isRollingLength,
  type SloInput,
} from './formats/draft.ts'
export { LABELS } from './indicator/labels.ts'
export { type Import, importSlos } from './import-slos.ts'
export { yamlText } from './text.ts'
