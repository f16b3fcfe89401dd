import type { EpochMs } from '@portcullis/contracts'
import t from 'tap'

import { type CalendarPeriod, calendarStart } from './calendar-start.ts'

const rows: readonly (readonly [CalendarPeriod, zone: string, at: string, start: string])[] = [
  ['week', 'UTC', '2026-11-30T02:00:00Z', '2026-11-30T00:00:00Z'],
  ['week', 'UTC', '2026-11-29T23:59:59Z', '2026-11-23T00:00:00Z'],
  ['month', 'UTC', '2026-11-30T02:00:00Z', '2026-11-01T00:00:00Z'],
  ['quarter', 'UTC', '2026-11-30T02:00:00Z', '2026-10-01T00:00:00Z'],
  ['year', 'UTC', '2026-11-30T02:00:00Z', '2026-01-01T00:00:00Z'],
  // Summer time ended on 25 October: the quarter began at +2, and now it is +1.
  ['quarter', 'Europe/Berlin', '2026-11-30T02:00:00Z', '2026-09-30T22:00:00Z'],
  ['month', 'Europe/Berlin', '2026-10-31T23:30:00Z', '2026-10-31T23:00:00Z'],
  ['month', 'America/New_York', '2026-11-01T03:59:00Z', '2026-10-01T04:00:00Z'],
  ['month', 'America/New_York', '2026-11-01T04:00:00Z', '2026-11-01T04:00:00Z'],
  ['year', 'Pacific/Auckland', '2025-12-31T11:00:00Z', '2025-12-31T11:00:00Z'],
  ['year', 'Asia/Kathmandu', '2026-06-01T00:00:00Z', '2025-12-31T18:15:00Z'],
  // Clocks went forward over midnight: the day began at 01:00.
  ['week', 'America/Asuncion', '2023-10-03T12:00:00Z', '2023-10-02T03:00:00Z'],
]

for (const [period, zone, at, start] of rows) {
  t.test(`the ${period} of ${at} in ${zone}`, async (t) => {
    const found = calendarStart(period, zone, Date.parse(at) as EpochMs)
    t.equal(new Date(found).toISOString(), new Date(start).toISOString())
  })
}
