import {
  type EnvironmentName,
  type EpochMs,
  type RouteName,
  Selector,
  type ServiceName,
} from '@portcullis/contracts'
import t from 'tap'

import { selects, selectsRoute } from './selects.ts'

const RELEASE = {
  service: 'checkout-eu' as ServiceName,
  environment: 'production' as EnvironmentName,
  labels: { tier: '1', team: 'pay' },
}
/** A Friday. */
const NOON = Date.UTC(2026, 10, 27, 12) as EpochMs

function at(day: number, hour: number, minute = 0): EpochMs {
  return Date.UTC(2026, 10, day, hour, minute) as EpochMs
}

t.test('all that a selector names must match, of each list one member', async (t) => {
  const rows: readonly (readonly [selector: object, selected: boolean])[] = [
    [{}, true],
    [{ services: ['checkout-*'] }, true],
    [{ services: ['payments', 'checkout-eu'] }, true],
    [{ services: ['payments'] }, false],
    [{ environments: ['prod*'] }, true],
    [{ environments: ['staging'] }, false],
    [{ services: ['checkout-*'], environments: ['staging'] }, false],
    [{ labels: { tier: '1' } }, true],
    [{ labels: { tier: '1', team: 'search' } }, false],
    [{ labels: { region: 'eu' } }, false],
  ]
  for (const [selector, selected] of rows) {
    t.equal(selects(Selector.parse(selector), RELEASE, NOON), selected, JSON.stringify(selector))
  }
})

t.test('hours are those of their time zone', async (t) => {
  const office = { days: ['fri'], from: '09:00', to: '17:00' }
  const isOn = (hours: object, instant: EpochMs) =>
    selects(Selector.parse({ hours: [hours] }), RELEASE, instant)
  const berlin = { ...office, timeZone: 'Europe/Berlin' }
  t.equal(isOn(berlin, at(27, 7, 59)), false)
  t.equal(isOn(berlin, at(27, 8)), true, 'nine in Berlin')
  t.equal(isOn(berlin, at(27, 15, 59)), true)
  t.equal(isOn(berlin, at(27, 16)), false)
  t.equal(isOn(berlin, at(26, 12)), false, 'a Thursday')
  t.equal(isOn({ timeZone: 'UTC' }, at(28, 23, 59)), true, 'all of every day')
  t.equal(
    isOn({ ...office, timeZone: 'Pacific/Auckland' }, at(26, 20)),
    true,
    'Friday there already',
  )
})

t.test('a span over midnight belongs to the day on which it begins', async (t) => {
  const night = Selector.parse({
    hours: [{ days: ['fri'], from: '22:00', to: '06:00', timeZone: 'UTC' }],
  })
  const isOn = (instant: EpochMs) => selects(night, RELEASE, instant)
  t.equal(isOn(at(27, 21, 59)), false)
  t.equal(isOn(at(27, 22)), true)
  t.equal(isOn(at(28, 0)), true)
  t.equal(isOn(at(28, 5, 59)), true)
  t.equal(isOn(at(28, 6)), false)
  t.equal(isOn(at(27, 3)), false, 'the night of Thursday')
})

t.test('routes are included and excluded, and exclusion wins', async (t) => {
  const route = 'GET /users/:id' as RouteName
  t.equal(selectsRoute(undefined, route), true)
  t.equal(selectsRoute({ include: ['GET *'] }, route), true)
  t.equal(selectsRoute({ include: ['POST *'] }, route), false)
  t.equal(selectsRoute({ exclude: ['*users*'] }, route), false)
  t.equal(selectsRoute({ include: ['GET *'], exclude: ['GET /users/*'] }, route), false)
})
