/** Swedish dates are written as in ISO 8601: `2026-11-30 14:03:20`. */
const LOCALE = 'sv-SE'

/**
 * Returns an instant as the clock on the wall shows it: `14:03:20`, with the date where it is not today.
 * The time zone is the machine's unless one is given.
 */
export function localTimeText(instantMs: number, nowMs: number, timeZone?: string): string {
  const format = new Intl.DateTimeFormat(LOCALE, {
    dateStyle: 'short',
    timeStyle: 'medium',
    ...(timeZone === undefined ? {} : { timeZone }),
  })
  const [date, time] = format.format(instantMs).split(' ')
  const [today] = format.format(nowMs).split(' ')
  return date === today ? `${time}` : `${date} ${time}`
}
