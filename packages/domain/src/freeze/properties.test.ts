import {
  DAY_MS,
  type EnvironmentName,
  type EpochMs,
  type Freeze,
  HOUR_MS,
  MINUTE_MS,
  type ServiceName,
} from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { documentOf } from '../policy/fixtures/facts.ts'
import { activeFreezes } from './active.ts'

// Goal: whether a rule freezes at an instant is what looking at every ten minutes before it says. Method: rules whose
// parts are filters of the wall clock, over years with their changes of the clock, in zones that change it oddly.

const RELEASE = {
  service: 'checkout' as ServiceName,
  environment: 'production' as EnvironmentName,
  labels: {},
}
const GRAIN_MS = 10 * MINUTE_MS
const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata']

interface Rule {
  readonly zone: string
  readonly frequency: 'DAILY' | 'WEEKLY' | 'MONTHLY'
  readonly days: readonly string[]
  readonly monthDays: readonly number[]
  readonly months: readonly number[]
  readonly hours: readonly number[]
  readonly minutes: readonly number[]
  readonly durationMs: number
}

const rules: fc.Arbitrary<Rule> = fc.record({
  zone: fc.constantFrom(...ZONES),
  frequency: fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY'),
  days: fc.uniqueArray(fc.constantFrom(...DAYS), { maxLength: 4 }),
  monthDays: fc.uniqueArray(fc.constantFrom(1, 15, 28, 29, 30, 31, -1, -3), { maxLength: 3 }),
  months: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 8 }),
  hours: fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 3 }),
  minutes: fc.uniqueArray(fc.constantFrom(0, 10, 30, 50), { minLength: 1, maxLength: 2 }),
  durationMs: fc.integer({ min: 1, max: 200 }).map((count) => count * GRAIN_MS),
})

/** Around a change of the clock of some of the zones every other time. */
const instants = fc.oneof(
  fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2029, 0, 1) }),
  fc
    .tuple(
      fc.constantFrom(
        Date.UTC(2026, 2, 29),
        Date.UTC(2026, 9, 25),
        Date.UTC(2026, 2, 8),
        Date.UTC(2026, 10, 1),
        Date.UTC(2026, 3, 4),
        Date.UTC(2026, 9, 3),
      ),
      fc.integer({ min: -DAY_MS, max: 2 * DAY_MS }),
    )
    .map(([day, offset]) => day + offset),
)

function freezeOf({ zone, durationMs, ...rule }: Rule): Freeze {
  const part = (name: string, values: readonly unknown[]) =>
    values.length === 0 ? [] : [`${name}=${values.join(',')}`]
  const parts = [
    `FREQ=${rule.frequency}`,
    ...part('BYDAY', daysOf(rule)),
    ...part('BYMONTHDAY', monthDaysOf(rule)),
    ...part('BYMONTH', rule.months),
    ...part('BYHOUR', rule.hours),
    ...part('BYMINUTE', rule.minutes),
  ]
  const duration = `${durationMs / MINUTE_MS}m`
  const schedule = { rrule: parts.join(';'), duration, timeZone: zone }
  return documentOf('Freeze', 'it', { reason: 'a property', schedule })
}

/** A rule of weeks has no days of the month; of months, or weeks, one that names no day at all has that of its start. */
function monthDaysOf({ frequency, days, monthDays }: Omit<Rule, 'zone' | 'durationMs'>) {
  if (frequency === 'WEEKLY') return []
  return frequency === 'MONTHLY' && days.length === 0 && monthDays.length === 0 ? [1] : monthDays
}

function daysOf({ frequency, days }: Omit<Rule, 'zone' | 'durationMs'>) {
  return frequency === 'WEEKLY' && days.length === 0 ? ['TH'] : days
}

interface Wall {
  readonly text: string
  readonly day: string
  readonly month: number
  readonly monthDay: number
  readonly fromEnd: number
  readonly hour: number
  readonly minute: number
}

const formats = new Map(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-CA', {
      timeZone,
      dateStyle: 'short',
      timeStyle: 'short',
      hourCycle: 'h23',
    }),
  ]),
)

function wallAt(at: number, zone: string): Wall {
  const text = formats.get(zone)!.format(at)
  const [year, month, monthDay, hour, minute] = text.match(/\d+/gu)!.map(Number)
  const lastDay = new Date(Date.UTC(year!, month!, 0)).getUTCDate()
  const day = DAYS[(new Date(Date.UTC(year!, month! - 1, monthDay)).getUTCDay() + 6) % 7]!
  const fromEnd = monthDay! - lastDay - 1
  return { text, day, month: month!, monthDay: monthDay!, fromEnd, hour: hour!, minute: minute! }
}

function begins(rule: Rule, at: number): boolean {
  const wall = wallAt(at, rule.zone)
  const days = daysOf(rule)
  const monthDays = monthDaysOf(rule)
  // Of a time that a clock shows twice the first one counts.
  const isSecond = [HOUR_MS / 2, HOUR_MS].some(
    (ms) => wallAt(at - ms, rule.zone).text === wall.text,
  )
  return (
    rule.hours.includes(wall.hour) &&
    rule.minutes.includes(wall.minute) &&
    (days.length === 0 || days.includes(wall.day)) &&
    (monthDays.length === 0 ||
      monthDays.includes(wall.monthDay) ||
      monthDays.includes(wall.fromEnd)) &&
    (rule.months.length === 0 || rule.months.includes(wall.month)) &&
    !isSecond
  )
}

function isFrozen(rule: Rule, at: number): boolean {
  const newest = at - (at % GRAIN_MS)
  for (let begin = newest; begin > at - rule.durationMs; begin -= GRAIN_MS) {
    if (begins(rule, begin)) return true
  }
  return false
}

t.test('a rule freezes when looking at every ten minutes says so', async (t) => {
  const property = fc.property(
    rules,
    fc.array(instants, { minLength: 1, maxLength: 4 }),
    (rule, all) => {
      const freeze = freezeOf(rule)
      return all.every((at) => {
        const isActive = activeFreezes([freeze], RELEASE, at as EpochMs).length > 0
        return isActive === isFrozen(rule, at)
      })
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }))
})
