/** When alarms are raised; one value for a whole installation. */
export interface AlarmRules {
  /** Fewer requests in a minute, or on either side of a comparison, are no evidence. */
  readonly samplesMin: number
  /** Percent of 5xx in a minute. */
  readonly errorRate: { readonly warningFromPct: number; readonly criticalFromPct: number }
  /** How far p95 rises from three buckets to the next three: by both for a warning. */
  readonly p95Regress: {
    readonly increaseFromMs: number
    readonly increaseFromPct: number
    readonly criticalFromPct: number
  }
}

/** The first system's rules. */
export const DEFAULT_ALARM_RULES: AlarmRules = {
  samplesMin: 5,
  errorRate: { warningFromPct: 5, criticalFromPct: 20 },
  p95Regress: { increaseFromMs: 30, increaseFromPct: 20, criticalFromPct: 50 },
}
