import { DAY_MS, type EpochMs, MINUTE_MS, plusMs } from '@portcullis/contracts'

export type CalendarPeriod = 'week' | 'month' | 'quarter' | 'year'

const MONTHS_A_QUARTER = 3

/** Returns when the running period began on the calendar of a time zone; weeks begin on Monday (ISO 8601). */
export function calendarStart(period: CalendarPeriod, timeZone: string, at: EpochMs): EpochMs {
  // The wall clock as if it were UTC: calendars are counted on it, and then put back.
  const wall = new Date(at + offsetAt(timeZone, at))
  const [year, month] = [wall.getUTCFullYear(), wall.getUTCMonth()]
  switch (period) {
    case 'week': {
      const midnight = Date.UTC(year, month, wall.getUTCDate())
      return instantOf(midnight - ((wall.getUTCDay() + 6) % 7) * DAY_MS, timeZone)
    }
    case 'month':
      return instantOf(Date.UTC(year, month), timeZone)
    case 'quarter':
      return instantOf(Date.UTC(year, month - (month % MONTHS_A_QUARTER)), timeZone)
    case 'year':
      return instantOf(Date.UTC(year, 0), timeZone)
  }
}

/** Where a midnight does not exist (clocks went forward over it), the day begins when they did. */
function instantOf(wallMs: number, timeZone: string): EpochMs {
  const guess = (wallMs - offsetAt(timeZone, wallMs as EpochMs)) as EpochMs
  const offset = offsetAt(timeZone, guess)
  const other = (wallMs - offset) as EpochMs
  if (offsetAt(timeZone, other) === offset) return other
  return guess > other ? guess : other
}

/** Formatters are dear to make, and there are as many as time zones. */
const formats = new Map<string, Intl.DateTimeFormat>()

/** Returns by how much the wall clock of a time zone is ahead of UTC, in whole minutes. */
function offsetAt(timeZone: string, at: EpochMs): number {
  let format = formats.get(timeZone)
  if (format === undefined) {
    const numeric = 'numeric' as const
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
    })
    formats.set(timeZone, format)
  }
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'))
  const minute = plusMs(at, -(((at % MINUTE_MS) + MINUTE_MS) % MINUTE_MS))
  return wall - minute
}
