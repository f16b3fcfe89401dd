import t from 'tap'

import { localTimeText } from './local-time.ts'

t.test('an instant is told as the clock on the wall shows it', async (t) => {
  const now = Date.UTC(2026, 10, 30, 12, 0, 0)
  const rows = [
    [Date.UTC(2026, 10, 30, 13, 3, 20), 'UTC', '13:03:20'],
    [Date.UTC(2026, 10, 30, 13, 3, 20), 'Europe/Berlin', '14:03:20'],
    [Date.UTC(2026, 10, 30, 23, 3, 20), 'UTC', '23:03:20'],
    [Date.UTC(2026, 10, 30, 23, 3, 20), 'Europe/Berlin', '2026-12-01 00:03:20'],
    [Date.UTC(2026, 11, 4, 6, 0, 0), 'Asia/Kolkata', '2026-12-04 11:30:00'],
  ] as const
  for (const [instant, zone, text] of rows) t.equal(localTimeText(instant, now, zone), text)
  t.match(localTimeText(now, now), /^\d\d:\d\d:\d\d$/u, "the machine's zone")
})
