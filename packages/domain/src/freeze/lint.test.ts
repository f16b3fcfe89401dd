import t from 'tap'

import { documentOf } from '../policy/fixtures/facts.ts'
import { lintFreeze } from './lint.ts'

const BERLIN = { duration: '1h', timeZone: 'Europe/Berlin' }

function found(schedule: object): string[] {
  const freeze = documentOf('Freeze', 'quiet', { reason: 'nobody is here', schedule })
  return lintFreeze(freeze).map(({ path, message }) => `${path.join('.')}: ${message}`)
}

const rule = (rrule: string, more: object = {}) => found({ rrule, ...BERLIN, ...more })

t.test('a freeze that can work has nothing to be told', async (t) => {
  const good: readonly (readonly [rrule: string, more?: object])[] = [
    ['FREQ=WEEKLY;BYDAY=FR;BYHOUR=16;BYMINUTE=0;BYSECOND=0', { duration: '64h' }],
    ['FREQ=MONTHLY;BYMONTHDAY=31'],
    ['FREQ=MONTHLY;BYDAY=-1FR,2MO;BYHOUR=+9'],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', { duration: '90d' }],
    ['FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29'],
    ['FREQ=YEARLY;BYWEEKNO=52;BYDAY=MO;WKST=SU'],
    ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1'],
    ['FREQ=DAILY;UNTIL=20270101T000000Z', { duration: '23h' }],
    ['FREQ=DAILY;COUNT=5', { start: '2026-01-05T09:00', duration: '24h' }],
    ['FREQ=DAILY;COUNT=1000', { start: '2026-01-05T09:00' }],
    ['FREQ=WEEKLY;INTERVAL=2', { start: '2026-01-05T09:00:30' }],
    ['FREQ=WEEKLY', { start: '0999-01-05T09:00' }],
    ['FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR', { duration: '24h' }],
    ['FREQ=MINUTELY;BYHOUR=9', { duration: '5m' }],
  ]
  for (const [rrule, more] of good) t.strictSame(rule(rrule, more), [], rrule)
  t.strictSame(found({ from: '2026-12-24T00:00:00+01:00', to: '2026-12-24T00:00:00Z' }), [])
})

t.test('a span that does not end after it begins is refused', async (t) => {
  for (const to of ['2026-12-24T00:00:00Z', '2026-12-24T00:59:59+01:00']) {
    const told = found({ from: '2026-12-24T00:00:00Z', to })
    t.strictSame(told, ['spec.schedule.to: must be after from'], to)
  }
})

t.test('a rule that cannot be read is refused, with the part', async (t) => {
  const bad: readonly (readonly [rrule: string, message: RegExp])[] = [
    ['nonsense', /"nonsense", which is no part of an RRULE/u],
    ['FREQ=WEEKLY;', /"", which is no part/u],
    ['freq=weekly;BYDAY=FR', /"freq", which is no part/u],
    ['FREQ=YEARLY;RSCALE=HEBREW', /"RSCALE", which is no part/u],
    ['DTSTART=20260101T000000;FREQ=DAILY', /"DTSTART", which is no part/u],
    ['BYDAY=FR', /must have FREQ/u],
    ['FREQ=FORTNIGHTLY', /FREQ that is not YEARLY/u],
    ['FREQ=DAILY;FREQ=WEEKLY', /has FREQ twice/u],
    ['FREQ=DAILY;BYHOUR=24', /BYHOUR that does not list numbers from 0 to 23/u],
    ['FREQ=DAILY;BYHOUR=', /BYHOUR that does not list/u],
    ['FREQ=DAILY;BYHOUR=-1', /BYHOUR that does not list/u],
    ['FREQ=MONTHLY;BYMONTHDAY=-32', /from 1 to 31, or negative from the end/u],
    ['FREQ=MONTHLY;BYMONTHDAY=0', /from 1 to 31/u],
    ['FREQ=WEEKLY;BYDAY=FRI', /BYDAY that is not days/u],
    ['FREQ=WEEKLY;BYDAY=1FR', /cannot be used: BYDAY with numeric value/u],
    ['FREQ=DAILY;INTERVAL=0', /INTERVAL that is not a whole number/u],
    ['FREQ=DAILY;INTERVAL=10001', /has an INTERVAL that is not a whole number from 1 to 10000/u],
    ['FREQ=DAILY;COUNT=1001', /COUNT that is not a whole number from 1 to 1000/u],
    ['FREQ=DAILY;UNTIL=20270101', /UNTIL that is not an instant in UTC/u],
    ['FREQ=DAILY;UNTIL=20271301T000000Z', /cannot be used/u],
    ['FREQ=DAILY;WKST=1', /WKST that is not a day/u],
    ['FREQ=DAILY;BYSETPOS=1', /cannot be used: BYSETPOS/u],
  ]
  for (const [rrule, message] of bad) {
    const told = rule(rrule)
    t.match(told, [/^spec\.schedule\.rrule: /u], rrule)
    t.match(told, [message], rrule)
  }
})

t.test('a time zone that nobody knows is refused', async (t) => {
  const timeZone = 'Nowhere/City'
  const fault = /spec\.schedule\.timeZone: is no time zone that is known here/u
  t.match(rule('FREQ=DAILY', { timeZone }), [fault])
  t.match(rule('FREQ=FORTNIGHTLY', { timeZone }), [/rrule/u, fault])
})

t.test('a rule that is finer than a minute is refused', async (t) => {
  for (const rrule of ['FREQ=SECONDLY', 'FREQ=SECONDLY;INTERVAL=120', 'FREQ=DAILY;BYSECOND=0,30']) {
    t.strictSame(rule(rrule), ['spec.schedule.rrule: is finer than a minute'], rrule)
  }
})

t.test('a rule that leaves open from where it counts is refused', async (t) => {
  t.match(rule('FREQ=DAILY;COUNT=3'), [/COUNT, which needs a start/u])
  t.match(rule('FREQ=DAILY;INTERVAL=3'), [/INTERVAL, which needs a start/u])
  t.match(rule('FREQ=WEEKLY;BYHOUR=9'), [/it needs BYDAY, or a start/u])
  t.match(rule('FREQ=MONTHLY'), [/it needs BYMONTHDAY or BYDAY, or a start/u])
  t.match(rule('FREQ=YEARLY'), [/it needs BYMONTHDAY or .*, or a start/u])
})

t.test('a rule that never begins is refused', async (t) => {
  const never: readonly (readonly [rrule: string, more?: object])[] = [
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'],
    ['FREQ=DAILY;UNTIL=19691231T000000Z'],
    ['FREQ=DAILY;COUNT=1', { start: '2026-01-05T09:00', exceptDates: ['2026-01-05'] }],
  ]
  for (const [rrule, more] of never) {
    t.match(rule(rrule, more), [/rrule: never begins, or not for many years/u], rrule)
  }
})

t.test('a rule that never ends is refused', async (t) => {
  const endless: readonly (readonly [rrule: string, duration: string])[] = [
    ['FREQ=DAILY', '24h'],
    ['FREQ=DAILY', '25h'],
    ['FREQ=HOURLY', '1h'],
    ['FREQ=MINUTELY', '1m'],
    ['FREQ=WEEKLY;BYDAY=MO', '7d'],
  ]
  for (const [rrule, duration] of endless) {
    const [told, ...rest] = rule(rrule, { duration })
    t.match(told, /spec\.schedule\.duration: lasts until the next beginning/u, rrule)
    t.strictSame(rest, [])
  }
  t.strictSame(rule('FREQ=DAILY', { duration: '1439m' }), [])
})
