import { DAY_MS, type Slo } from '@portcullis/contracts'

/** Calendar periods differ in length; a factor is made for one of so many days. */
const PERIOD_DAYS = { week: 7, month: 30, quarter: 91, year: 365 } as const

/** Returns how long the period of an objective is; of a calendar one, how long it is taken to be. */
export function periodMsOf(period: Slo['spec']['period']): number {
  return 'rolling' in period ? period.rolling : PERIOD_DAYS[period.calendar] * DAY_MS
}
