import { type EpochMs, MINUTE_MS, type Severity } from '@portcullis/contracts'
import t from 'tap'

import { escalationDueAt } from './due-time.ts'
import { DEFAULT_ESCALATION_SETTINGS } from './settings.ts'

// All times are minutes since the first sight of the incident; `-` is none.
const TABLE = `
  severity | level | last escalation | snoozed until | due
  critical |   0   |        -        |       -       |   5
  critical |   1   |        -        |       -       |  10
  critical |   6   |        -        |       -       |  35
  critical |   7   |        -        |       -       |   -
  critical |   8   |        -        |       -       |   -
  warning  |   0   |        -        |       -       |  15
  warning  |   3   |        -        |       -       |  60
  critical |   1   |        5        |       -       |  35
  critical |   6   |        5        |       -       |  35
  critical |   6   |        4        |       -       |  35
  warning  |   3   |       20        |       -       |  60
  critical |   0   |        -        |       4       |   5
  critical |   0   |        -        |      60       |  60
  critical |   1   |        5        |      34       |  35
  critical |   1   |        5        |      36       |  36
  critical |   7   |        5        |      36       |   -
`

t.test('a due time is first_seen + SLA x (level + 1), after cooldown and snooze', async (t) => {
  const firstSeen = 1_900_000_000_000 as EpochMs
  const minute = (cell: string) =>
    cell === '-' ? null : ((firstSeen + Number(cell) * MINUTE_MS) as EpochMs)
  const [, ...rows] = TABLE.split('\n').filter((line) => line.includes('|'))
  for (const row of rows) {
    const [severity, level, last, snoozed, due] = row.split('|').map((cell) => cell.trim())
    const facts = {
      severity: severity as Severity,
      escalationLevel: Number(level),
      firstSeen,
      escalatedAt: minute(last!),
      snoozedUntil: minute(snoozed!),
    }
    t.equal(escalationDueAt(facts, DEFAULT_ESCALATION_SETTINGS), minute(due!), row)
  }
})

t.test('no due time lies beyond the last instant that can be written down', async (t) => {
  const end = Date.UTC(9999, 11, 31, 23, 59, 59, 999) as EpochMs
  const facts = { severity: 'critical', escalationLevel: 1, snoozedUntil: null } as const
  const long = { ...facts, firstSeen: end, escalatedAt: null }
  t.equal(escalationDueAt(long, DEFAULT_ESCALATION_SETTINGS), end, 'the SLA')
  const escalated = { ...facts, firstSeen: 1_900_000_000_000 as EpochMs, escalatedAt: end }
  t.equal(escalationDueAt(escalated, DEFAULT_ESCALATION_SETTINGS), end, 'the cooldown')
})
