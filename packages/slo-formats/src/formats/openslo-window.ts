import type { Report } from '../finding.ts'
import { BY_HAND } from '../indicator/counts.ts'
import { DEFAULT_PERIOD, type ImportOptions, isRollingLength, type SloInput } from './draft.ts'
import {
  listOf,
  type Mapping,
  mappingOf,
  optionalMapping,
  optionalText,
  requiredText,
} from './mapping.ts'

type PeriodInput = Exclude<SloInput['spec']['period'], undefined>

/** The calendar periods of an `Slo`, as OpenSLO writes them. */
const CALENDAR = { '1w': 'week', '1M': 'month', '1Q': 'quarter', '1Y': 'year' } as const

/** Returns over which time the budget of an objective is counted. */
export function periodOf(
  spec: Mapping,
  { period }: ImportOptions,
  report: Report,
): PeriodInput | undefined {
  const windows = listOf(spec, 'timeWindow', report)
  const path = [...spec.path, 'timeWindow']
  if (windows.length === 0) {
    if (period === undefined) {
      const what = `has no timeWindow: ${DEFAULT_PERIOD} is taken`
      report.assume({ path: spec.path }, what, 'import with --period')
    }
    return { rolling: period ?? DEFAULT_PERIOD }
  }
  if (windows.length > 1) {
    return report.refuse({ path }, 'has several windows, and OpenSLO allows one', BY_HAND)
  }
  const window = mappingOf(windows[0], [...path, 0], report)
  if (window === undefined) return undefined
  const duration = requiredText(window, 'duration', report)
  const calendar = optionalMapping(window, 'calendar', report)
  const isRolling = window.take('isRolling') ?? calendar === undefined
  window.leaveRest()
  if (duration === undefined) return undefined
  if (isRolling === true && calendar !== undefined) {
    const path = [...window.path, 'calendar']
    report.leaveOut({ path, part: 'key' }, 'has no meaning for a window that rolls', 'nothing')
  }
  return isRolling === true
    ? rollingOf(duration, window, report)
    : calendarOf(duration, { window, calendar }, report)
}

function rollingOf(duration: string, window: Mapping, report: Report): PeriodInput | undefined {
  if (isRollingLength(duration)) return { rolling: duration }
  const what = `"${duration}" is no fixed length of a day or more: months, quarters and years differ`
  return report.refuse({ path: [...window.path, 'duration'] }, what, 'write it in days, like 30d')
}

function calendarOf(
  duration: string,
  { window, calendar }: { readonly window: Mapping; readonly calendar: Mapping | undefined },
  report: Report,
): PeriodInput | undefined {
  const unit = Object.entries(CALENDAR).find(([text]) => text === duration)?.[1]
  if (unit === undefined) {
    const what = `"${duration}" is no calendar period that an Slo has: 1w, 1M, 1Q and 1Y are (m is minutes)`
    return report.refuse({ path: [...window.path, 'duration'] }, what, BY_HAND)
  }
  if (calendar === undefined) {
    return report.refuse({ path: window.path }, 'has no calendar to go by', BY_HAND)
  }
  const timeZone = requiredText(calendar, 'timeZone', report)
  const startTime = optionalText(calendar, 'startTime', report)
  calendar.leaveRest()
  if (startTime !== undefined && !beginsWith(unit, startTime)) {
    const what = `"${startTime}" is not where a ${unit} begins: the budget is counted from there`
    const instead = 'nothing, where it matters little on which day the budget begins anew'
    report.leaveOut({ path: [...calendar.path, 'startTime'] }, what, instead)
  }
  return timeZone === undefined ? undefined : { calendar: unit, timeZone }
}

/** Whether an instant of the clock on the wall is the beginning of a week (ISO 8601), month, quarter or year. */
function beginsWith(unit: 'week' | 'month' | 'quarter' | 'year', startTime: string): boolean {
  const [, date, month, day] = /^(\d{4}-(\d\d)-(\d\d))[ T]00:00(?::00)?$/u.exec(startTime) ?? []
  if (date === undefined) return false
  if (unit === 'week') return new Date(`${date}T00:00:00Z`).getUTCDay() === 1
  if (unit === 'month') return day === '01'
  const begins = unit === 'year' ? ['01'] : ['01', '04', '07', '10']
  return day === '01' && begins.includes(month!)
}
