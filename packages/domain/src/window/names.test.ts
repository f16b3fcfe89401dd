import { RouteName, VersionName } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { routeOf, tidyRoute, versionOf, withoutQuery } from './names.ts'

t.test('a route is the method and the template, without the query', async (t) => {
  const cases = [
    ['get', '/projects/:id', 'GET /projects/:id'],
    ['POST', '/a?b=1?c=2', 'POST /a'],
    ['GET', '', 'GET /*'],
    ['GET', '?x=1', 'GET /*'],
    ['GET', undefined, 'GET /*'],
  ] as const
  for (const [method, template, route] of cases) t.equal(tidyRoute(method, template), route)
  t.equal(withoutQuery('GET /a?b=1'), 'GET /a')
  t.equal(withoutQuery('GET /a'), 'GET /a')
})

t.test('names are what the contracts take for names', async (t) => {
  const unit = fc.oneof(
    fc.constantFrom('\u0000', '\n', '\u001f', ' ', '\u007f', '\u0080', 'a', 'é'),
    fc.string({ unit: 'binary', maxLength: 3 }),
  )
  const text = fc.oneof(
    fc.array(unit, { maxLength: 8 }).map((units) => units.join('')),
    fc.integer({ min: 126, max: 130 }).map((length) => 'v'.repeat(length)),
    fc.integer({ min: 510, max: 514 }).map((length) => 'r'.repeat(length)),
  )
  fc.assert(
    fc.property(text, (given) => {
      t.equal(routeOf(given) !== null, RouteName.safeParse(given).success)
      t.equal(versionOf(given) !== null, VersionName.safeParse(given).success)
    }),
    { numRuns: 500 },
  )
})
