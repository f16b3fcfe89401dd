import { readFileSync, writeFileSync } from 'node:fs'

import { problems } from '@portcullis/contracts'
import t from 'tap'

import { WHO_MAY } from '../../access/who-may.ts'
import { startTestGateway, TEST_TOKEN } from '../../fixtures/start-test-gateway.ts'

const FILE = new URL('../../../../../docs/openapi.json', import.meta.url)
const headers = { authorization: `Bearer ${TEST_TOKEN}` }

interface Operation {
  readonly summary?: string
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}

interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

t.test('docs/openapi.json is what the gateway serves (TAP_SNAPSHOT=1 renews it)', async (t) => {
  const { gateway } = await startTestGateway(t)
  const answer = await gateway.inject({ url: '/openapi.json', headers })
  t.equal(answer.statusCode, 200)
  const { info, ...rest } = answer.json<Record<string, unknown>>()
  const text = `${JSON.stringify({ info: { ...(info as object), version: '1' }, ...rest }, null, 2)}\n`
  if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(FILE, text)
  t.equal(readFileSync(FILE, 'utf8'), text)
})

t.test('every route of the API is described, with its problems from the catalogue', async (t) => {
  const { gateway } = await startTestGateway(t)
  const { paths, openapi } = (
    await gateway.inject({ url: '/openapi.json', headers })
  ).json<OpenApi>()
  t.match(openapi, /^3\.1\./u)
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/gu, ':$1')}`,
      operation,
    })),
  )
  const pages = /^\w+ \/(?:docs|login|logout|openapi\.json|problems|queues)(?:\/|$)/u
  const routes = Object.keys(WHO_MAY).filter((name) => !pages.test(name))
  t.strictSame(described.map(({ name }) => name).toSorted(), routes.toSorted())
  for (const { name, operation } of described) {
    t.ok(operation.summary, name)
    const words = Object.values(operation.responses).map(({ description }) => description)
    for (const [, code = ''] of words.join('\n').matchAll(/`([A-Z]+_[A-Z_]+)`: /gu)) {
      t.ok(Object.hasOwn(problems, code), `${name} may answer ${code}`)
    }
  }
})

t.test('the page shows every route and problem, and loads nothing', async (t) => {
  const { gateway } = await startTestGateway(t)
  const { body, headers: sent } = await gateway.inject({ url: '/docs', headers })
  t.match(body, /\/v1\/request-metrics/u)
  t.match(sent['content-security-policy'], /^default-src 'none'; style-src 'sha256-/u)
  t.notMatch(body, /<script|<link|<img|https?:\/\/(?!127\.0\.0\.1)/u)
  for (const code of Object.keys(problems)) {
    const page = await gateway.inject({ url: `/problems/${code}`, headers })
    t.equal(page.statusCode, 200, code)
  }
  t.equal((await gateway.inject({ url: '/problems/UNKNOWN', headers })).statusCode, 404)
})
