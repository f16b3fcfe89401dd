import { ROLES, SCOPES_OF_ROLE, type Role } from '@portcullis/contracts'
import t from 'tap'

import { addApiKeys } from '../fixtures/credentials.ts'
import { startTestGateway, type TestGateway } from '../fixtures/start-test-gateway.ts'
import type { Gateway } from '../zod-routes.ts'
import { WHO_MAY, type Access } from './who-may.ts'

// Goal: nobody reaches a route who may not. Method: every route in the table is asked by a holder of
// each role and by nobody, and whether it was refused is compared with the table.

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

function partsOf(name: string): { readonly method: Method; readonly url: string } {
  const [method = '', url = ''] = name.split(' ')
  return { method: method as Method, url: url.replaceAll(/:\w+/gu, 'x').replace('*', 'x') }
}

function isAllowed(access: Access, role: Role | undefined): boolean {
  if (access === 'anyone') return true
  if (role === undefined) return false
  if (access === 'anyone known') return true
  return SCOPES_OF_ROLE[role].includes(access === 'guard' ? 'guard:read' : access)
}

/** A body that no route can use: nothing is changed by asking. */
const PAYLOAD = { nothing: 'of use' }
/** Nor does a stream begin, which would not end. */
const NO_STREAM = { 'last-event-id': 'none' }

async function ask(gateway: Gateway, name: string, token: string | undefined): Promise<number> {
  const { method, url } = partsOf(name)
  const { statusCode } = await gateway.inject({
    method,
    url,
    headers: {
      ...NO_STREAM,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(method === 'GET' ? {} : { payload: PAYLOAD }),
  })
  return statusCode
}

t.test('every route is open to whom the table says, and to nobody else', async (t) => {
  const { gateway, pool }: TestGateway = await startTestGateway(t)
  const tokens = await addApiKeys(pool)
  for (const [name, access] of Object.entries(WHO_MAY)) {
    for (const role of [...ROLES, undefined]) {
      const status = await ask(gateway, name, role && tokens[role])
      const isRefused = status === 401 || status === 403
      // The form itself refuses what does not come from its own page.
      const isForm = name === 'POST /login'
      t.equal(!isRefused || isForm, isAllowed(access, role), `${name} by ${role}: ${status}`)
      if (!isAllowed(access, role)) t.equal(status, role === undefined ? 401 : 403, name)
    }
  }
})

t.test('the table lists no route that does not exist', async (t) => {
  const { gateway } = await startTestGateway(t)
  for (const name of Object.keys(WHO_MAY)) {
    const [method = '', url = ''] = name.split(' ')
    t.ok(gateway.hasRoute({ method: method as Method, url }), name)
  }
})

t.test('a route that is not in the table cannot be registered', async (t) => {
  const { registerUnlisted } = await import('../fixtures/register-unlisted.ts')
  await t.rejects(
    registerUnlisted({ access: 'anyone' }),
    /GET \/unlisted declares access "anyone"/u,
  )
  await t.rejects(registerUnlisted({}), /GET \/unlisted declares access "undefined"/u)
})
