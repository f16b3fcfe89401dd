import { RouteName } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { OTHER_ROUTE, RouteTable, routeNameOf } from './route-table.ts'

t.test('names of routes', async (t) => {
  const table: [method: string, template: string, name: string][] = [
    ['GET', '/projects/:id', 'GET /projects/:id'],
    ['HEAD', '/projects/:id', 'HEAD /projects/:id'],
    ['OPTIONS', '*', 'OPTIONS *'],
    ['GET', '/posts/:id?', 'GET /posts/:id?'],
    ['GET', '/at/:hour(^\\d+?)h', 'GET /at/:hour(^\\d+?)h'],
    ['GET', '/search?q=a/b', 'GET /search'],
    ['GET', '/search?q=a?b=c', 'GET /search'],
    ['GET', '/a\u0000b\n', 'GET /a\u{fffd}b\u{fffd}'],
    ['GET', '/\ud800', 'GET /\u{fffd}'],
  ]
  for (const [method, template, name] of table) t.equal(routeNameOf(method, template), name)
})

t.test('any text becomes a route that the gateway takes', async (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 700 })
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST'), text, (method, path) => {
        return RouteName.safeParse(routeNameOf(method, path)).success
      }),
    )
  })
})

t.test('a request that matched no route counts as METHOD /*', async (t) => {
  const table = new RouteTable(10, [])
  t.equal(table.find('GET', undefined).name, 'GET /*')
  t.equal(table.find('POST', '').name, 'POST /*')
  t.equal(table.find('GET', { not: 'text' } as never).name, 'GET /*')
})

t.test('a pair of method and template has one slot', async (t) => {
  const table = new RouteTable(10, [])
  const slot = table.find('GET', '/a')
  t.equal(table.find('GET', '/a'), slot)
  t.not(table.find('POST', '/a'), slot)
  t.not(table.find('GET', '/b'), slot)
  t.equal(table.size, 3)
})

t.test(
  'routes beyond the limit share the slot OTHER, and those before it keep theirs',
  async (t) => {
    const table = new RouteTable(2, [])
    const slot = table.find('GET', '/a')
    table.find('GET', '/b')
    t.equal(table.find('GET', '/c').name, OTHER_ROUTE)
    t.equal(table.find('PURGE', '/d'), table.find('GET', '/c'))
    t.equal(table.find('GET', '/a'), slot)
    t.equal(table.size, 2)
    t.same(
      [...table.slots()].map(({ name }) => name),
      ['GET /a', 'GET /b', OTHER_ROUTE],
    )
  },
)

t.test(
  'an ignored route is marked, beyond the limit too, and takes no place below it',
  async (t) => {
    const table = new RouteTable(2, ['GET /events', 'GET /polls/:id'])
    t.equal(table.find('GET', '/events').ignored, true)
    t.equal(table.find('POST', '/events').ignored, false)
    t.equal(table.find('GET', '/a').name, 'GET /a')
    t.equal(table.find('GET', '/b').name, OTHER_ROUTE)
    t.equal(table.find('GET', '/polls/:id').ignored, true)
    t.equal(table.find('GET', '/events').ignored, true)
    t.equal(table.size, 2)
  },
)
