import { SCOPES_OF_ROLE, ROLES } from '@portcullis/contracts'
import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { openIncident, type ShownProblem } from './product/incidents.ts'
import { startProduct } from './product/start-product.ts'
import { report } from './product/traffic.ts'

// Goal: `/me/permissions`, `/projects` and `/ops/sentry-link` answer what a page needs to show what
// somebody may do, where there is something to look at, and where its errors are.

t.test('everybody known is told who they are and what they may do', async (t) => {
  const product = await startProduct(t, { escalator: false })
  const url = '/me/permissions'
  for (const role of ROLES) {
    const { status, body } = await product.ask({ url, token: await tokenOf('ada', role) })
    t.equal(status, 200, role)
    t.match(body, { kind: 'person', id: /^person_/u, role, permissions: SCOPES_OF_ROLE[role] })
    t.notMatch(JSON.stringify(body), /ada/u, 'an id names nobody')
  }
  const admin = await product.ask({ url })
  t.match(admin.body, { id: 'first-admin', kind: 'key', role: 'ops_admin' })
  const nobody = await product.ask({ url, token: null })
  t.equal(nobody.status, 401)
  t.match(nobody.body, { code: 'UNAUTHENTICATED' })
})

t.test('services and environments are listed with their routes and incidents', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  t.same((await product.ask({ url: '/projects' })).body, {
    projects: [{ id: 'default', services: [] }],
  })
  await report(product, { requests: [{ route: 'GET /a' }, { route: 'GET /b' }] })
  await report(product, { environment: 'staging', requests: [{ route: 'GET /a' }] })
  const incidents = []
  for (let nth = 0; nth < 4; nth += 1) {
    incidents.push(await openIncident(product, { service: 'billing' }))
  }
  for (const [nth, command] of [
    [0, 'ack'],
    [1, 'resolve'],
  ] as const) {
    const url = `/ops/incidents/${incidents[nth]!.id}/${command}`
    t.equal((await product.ask({ method: 'POST', url })).status, 200)
  }
  const { status, body } = await product.ask({ url: '/projects' })
  t.equal(status, 200)
  const none = { open_incidents: 0, acknowledged_incidents: 0 }
  t.same(body, {
    projects: [
      {
        id: 'default',
        services: [
          {
            service: 'billing',
            environment: 'production',
            routes: 0,
            open_incidents: 2,
            acknowledged_incidents: 1,
          },
          { service: 'shop', environment: 'production', routes: 2, ...none },
          { service: 'shop', environment: 'staging', routes: 1, ...none },
        ],
      },
    ],
  })
})

t.test('a link leads to the errors of a route, however it is spelled', async (t) => {
  const env = { SENTRY_URL: 'https://sentry.example/issues/?query=transaction:{route}' }
  const product = await startProduct(t, { escalator: false, env })
  const route = 'GET /orders/:id&x=<b>#ü'
  const url = `/ops/sentry-link?route=${encodeURIComponent(route)}`
  const { status, body } = await product.ask({ url })
  t.equal(status, 200)
  t.same(body, {
    route,
    configured: true,
    url: `https://sentry.example/issues/?query=transaction:${encodeURIComponent(route)}`,
  })
  const asked = await product.ask({ url: '/ops/sentry-link?route=GET%20%2Fa%3Fpage%3D2' })
  t.match(asked.body, { route: 'GET /a' }, 'a query string is dropped')
})

t.test('without a setting there is no link, and that is no failure', async (t) => {
  const product = await startProduct(t, { escalator: false })
  const { status, body } = await product.ask({ url: '/ops/sentry-link?route=GET%20/a' })
  t.equal(status, 200)
  t.same(body, { route: 'GET /a', configured: false, url: null })
  for (const [query, field] of [
    ['', 'route'],
    ['?route=', 'route'],
    [`?route=${'x'.repeat(513)}`, 'route'],
    ['?route=a%00', 'route'],
    ['?route=a&route=b', 'route'],
    ['?route=a&service=shop', 'service'],
  ] as const) {
    const answer = await product.ask<ShownProblem>({ url: `/ops/sentry-link${query}` })
    t.equal(answer.status, 400, query)
    t.match(answer.body, { code: 'INVALID_PARAMETER', errors: [{ field, fix: /\S/u }] }, query)
  }
})
