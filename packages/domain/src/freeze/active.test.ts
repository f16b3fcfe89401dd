import {
  type EnvironmentName,
  type EpochMs,
  type Freeze,
  LAST_INSTANT,
  type ServiceName,
} from '@portcullis/contracts'
import t from 'tap'

import { documentOf } from '../policy/fixtures/facts.ts'
import { activeFreezes, freezesAround } from './active.ts'

// Goal: a freeze holds back what it is about, when it says. Method: a table of schedules at instants around what is hard
// about them: changes of the clock, months without a 31st, ends of a rule, days that are left out.

const RELEASE = {
  service: 'checkout' as ServiceName,
  environment: 'production' as EnvironmentName,
  labels: { team: 'pay' },
}

function freezeOf(schedule: object, spec: object = {}): Freeze {
  return documentOf('Freeze', 'quiet', { reason: 'nobody is here', schedule, ...spec })
}

function again(rrule: string, duration: string, more: object = {}): Freeze {
  return freezeOf({ rrule, duration, timeZone: 'Europe/Berlin', ...more })
}

const at = (iso: string): EpochMs => Date.parse(iso) as EpochMs

/** Returns until when a release is frozen, or `-`. */
function until(freeze: Freeze, iso: string): string {
  const [active] = activeFreezes([freeze], RELEASE, at(iso))
  return active === undefined ? '-' : new Date(active.until).toISOString()
}

const CHRISTMAS = { from: '2026-12-24T00:00:00+01:00', to: '2026-12-27T00:00:00+01:00' }
const WEEKEND = again('FREQ=WEEKLY;BYDAY=FR;BYHOUR=16', '64h')
const NIGHT = again('FREQ=DAILY;BYHOUR=2;BYMINUTE=30', '1h')
const ULTIMO = again('FREQ=MONTHLY;BYMONTHDAY=31', '1d')
const LAST_FRIDAY = again('FREQ=MONTHLY;BYDAY=-1FR', '1d')
const SPRINTS = again('FREQ=WEEKLY;INTERVAL=2', '1d', { start: '2026-01-05T09:00' })
const THRICE = again('FREQ=DAILY;COUNT=3', '1h', { start: '2026-01-05T09:00' })
const ENDING = again('FREQ=DAILY;BYHOUR=9;UNTIL=20260107T080000Z', '1h')
const HOLIDAY = again('FREQ=WEEKLY;BYDAY=MO', '1d', { exceptDates: ['2026-01-12'] })
const WORKDAYS = again('FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR', '24h')

const rows: readonly (readonly [fact: string, freeze: Freeze, at: string, until: string])[] = [
  ['not before it', freezeOf(CHRISTMAS), '2026-12-23T22:59:59.999Z', '-'],
  [
    'from its first instant',
    freezeOf(CHRISTMAS),
    '2026-12-23T23:00:00Z',
    '2026-12-26T23:00:00.000Z',
  ],
  ['not at its end', freezeOf(CHRISTMAS), '2026-12-26T23:00:00Z', '-'],
  ['in summer', WEEKEND, '2026-07-03T14:00:00Z', '2026-07-06T06:00:00.000Z'],
  ['not a moment before', WEEKEND, '2026-07-03T13:59:59.999Z', '-'],
  ['in winter an hour later', WEEKEND, '2026-01-02T15:00:00Z', '2026-01-05T07:00:00.000Z'],
  ['over a change of the clock', WEEKEND, '2026-03-29T12:00:00Z', '2026-03-30T07:00:00.000Z'],
  ['on the day before a skipped hour', NIGHT, '2026-03-28T01:45:00Z', '2026-03-28T02:30:00.000Z'],
  ['not at an hour that is skipped', NIGHT, '2026-03-29T01:30:00Z', '-'],
  ['at the first of two hours', NIGHT, '2026-10-25T00:30:00Z', '2026-10-25T01:30:00.000Z'],
  ['not at the second of two hours', NIGHT, '2026-10-25T01:30:00Z', '-'],
  ['on a 31st', ULTIMO, '2026-03-31T12:00:00Z', '2026-03-31T22:00:00.000Z'],
  ['not in a month without one', ULTIMO, '2026-04-30T12:00:00Z', '-'],
  ['not on the 1st in its stead', ULTIMO, '2026-05-01T12:00:00Z', '-'],
  ['on the last Friday', LAST_FRIDAY, '2026-01-30T12:00:00Z', '2026-01-30T23:00:00.000Z'],
  ['not on the one before', LAST_FRIDAY, '2026-01-23T12:00:00Z', '-'],
  ['at the start', SPRINTS, '2026-01-05T08:00:00Z', '2026-01-06T08:00:00.000Z'],
  ['not every week', SPRINTS, '2026-01-12T12:00:00Z', '-'],
  ['every other week', SPRINTS, '2026-07-06T12:00:00Z', '2026-07-07T07:00:00.000Z'],
  ['never before the start', SPRINTS, '2025-12-22T12:00:00Z', '-'],
  ['the third time', THRICE, '2026-01-07T08:30:00Z', '2026-01-07T09:00:00.000Z'],
  ['not a fourth time', THRICE, '2026-01-08T08:30:00Z', '-'],
  ['on the last day', ENDING, '2026-01-07T08:30:00Z', '2026-01-07T09:00:00.000Z'],
  ['not after the last day', ENDING, '2026-01-08T08:30:00Z', '-'],
  ['on a Monday', HOLIDAY, '2026-01-05T12:00:00Z', '2026-01-05T23:00:00.000Z'],
  ['not on one that is left out', HOLIDAY, '2026-01-12T12:00:00Z', '-'],
  ['until the last that follows', WORKDAYS, '2026-01-05T12:00:00Z', '2026-01-09T23:00:00.000Z'],
  ['over midnight of UTC', WORKDAYS, '2026-01-07T23:30:00Z', '2026-01-09T23:00:00.000Z'],
  ['not on a Saturday', WORKDAYS, '2026-01-10T12:00:00Z', '-'],
  ['before 1970 never', WEEKEND, '1969-12-27T12:00:00Z', '-'],
  ['in the year 9000 still', WEEKEND, '9000-01-04T12:00:00Z', '9000-01-06T07:00:00.000Z'],
]

for (const [fact, freeze, iso, expected] of rows) {
  const { schedule } = freeze.spec
  const what = 'from' in schedule ? 'a span' : schedule.rrule
  t.test(`${what} freezes ${fact}`, async (t) => t.equal(until(freeze, iso), expected))
}

t.test('a freeze is about what its selector selects, but for the labels it excepts', async (t) => {
  const cases: readonly (readonly [spec: object, isActive: boolean])[] = [
    [{}, true],
    [{ selector: { services: ['check*'] } }, true],
    [{ selector: { services: ['search'] } }, false],
    [{ selector: { environments: ['staging'] } }, false],
    [{ selector: { labels: { team: 'pay' } } }, true],
    [{ exceptLabels: { hotfix: 'true' } }, true],
    [{ exceptLabels: { team: 'search' } }, true],
    [{ exceptLabels: { hotfix: 'true', team: 'pay' } }, false],
  ]
  for (const [spec, isActive] of cases) {
    const found = activeFreezes([freezeOf(CHRISTMAS, spec)], RELEASE, at('2026-12-25T12:00:00Z'))
    t.equal(found.length === 1, isActive, JSON.stringify(spec))
  }
})

t.test('what nobody can read freezes until somebody mends it, and says so', async (t) => {
  const unreadable = [
    again('FREQ=FORTNIGHTLY', '1h'),
    again('FREQ=DAILY;BYHOUR=25', '1h'),
    again('FREQ=DAILY', '1h', { timeZone: 'Nowhere/City' }),
    again('FREQ=SECONDLY', '90d', { timeZone: 'Nowhere/City' }),
  ]
  for (const freeze of unreadable) {
    t.strictSame(activeFreezes([freeze], RELEASE, at('2026-01-05T12:00:00Z')), [
      {
        name: 'quiet',
        reason: 'nobody is here (its schedule cannot be read)',
        until: LAST_INSTANT,
      },
    ])
  }
})

t.test('what takes too long to find out is taken for frozen, and nothing throws', async (t) => {
  const hostile = [
    again('FREQ=SECONDLY', '90d'),
    again('FREQ=MINUTELY', '90d'),
    again(`FREQ=DAILY;BYHOUR=${numbers(0, 23)};BYMINUTE=${numbers(0, 59)}`, '90d'),
  ]
  for (const freeze of hostile) {
    const iso = '2026-01-05T12:00:00Z'
    t.equal(until(freeze, iso), new Date(LAST_INSTANT).toISOString())
    t.doesNotThrow(() => freezesAround([freeze], at(iso)))
  }
  const never = again('FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30', '1m')
  t.equal(until(never, '2026-02-28T12:00:00Z'), '-')
  t.strictSame(freezesAround([never], at('2026-02-28T12:00:00Z')), [])
})

t.test('a day that was looked at once costs next to nothing', async (t) => {
  const freezes = Array.from({ length: 100 }, () => again('FREQ=WEEKLY;BYDAY=SU', '12h'))
  const noon = at('2026-01-09T12:00:00Z')
  activeFreezes(freezes, RELEASE, noon)
  const began = performance.now()
  for (let second = 0; second < 1_000; second += 1) {
    activeFreezes(freezes, RELEASE, (noon + second * 1_000) as EpochMs)
  }
  // Unkept, 100,000 looks at a rule take about half a minute.
  t.ok(performance.now() - began < 5_000)
})

t.test('those that are active or begin within 30 days are told, the soonest first', async (t) => {
  const named = (name: string, schedule: object) =>
    documentOf('Freeze', name, { reason: 'nobody is here', schedule })
  const timeZone = 'Europe/Berlin'
  const freezes = [
    named('christmas', CHRISTMAS),
    named('weekend', { rrule: 'FREQ=WEEKLY;BYDAY=FR;BYHOUR=16', duration: '64h', timeZone }),
    named('workdays', { rrule: 'FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR', duration: '24h', timeZone }),
    named('minutes', { rrule: 'FREQ=MINUTELY;BYHOUR=12', duration: '1m', timeZone }),
    named('new-year', { rrule: 'FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1', duration: '1d', timeZone }),
  ]
  const told = (iso: string) =>
    freezesAround(freezes, at(iso)).map(({ freeze, isActive, from, until }) => {
      const span = [from, until].map((instant) => new Date(instant).toISOString().slice(0, 16))
      return `${freeze.metadata.name} ${isActive ? 'active' : 'next'} ${span.join(' ')}`
    })
  t.strictSame(told('2026-11-24T12:00:00Z'), [
    'workdays active 2026-11-22T23:00 2026-11-27T23:00',
    'minutes next 2026-11-25T11:00 2026-11-25T12:00',
    'weekend next 2026-11-27T15:00 2026-11-30T07:00',
    'christmas next 2026-12-23T23:00 2026-12-26T23:00',
  ])
  t.strictSame(told('2026-12-26T12:00:00Z'), [
    'christmas active 2026-12-23T23:00 2026-12-26T23:00',
    'weekend active 2026-12-25T15:00 2026-12-28T07:00',
    'minutes next 2026-12-27T11:00 2026-12-27T12:00',
    'workdays next 2026-12-27T23:00 2027-01-01T23:00',
    'new-year next 2026-12-31T23:00 2027-01-01T23:00',
  ])
})

function numbers(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, nth) => from + nth).join(',')
}
