import { problems, type ProblemCode } from '@portcullis/contracts'
import { z } from 'zod'

import type { Access } from '../../access/who-may.ts'
import type { AnswerDocs, RouteDocs } from '../route-docs.ts'

/** A route of the API as it was registered. */
export interface DocumentedRoute {
  readonly method: string
  /** Fastify's pattern: `/ops/incidents/:id`. */
  readonly url: string
  readonly access: Access
  readonly docs: RouteDocs
  readonly schema: {
    readonly params?: unknown
    readonly querystring?: unknown
    readonly headers?: unknown
    readonly body?: unknown
  }
}

type Json = Record<string, unknown>

/** What every route may answer with, whatever it does. */
const COMMON_PROBLEMS: readonly ProblemCode[] = [
  'INVALID_PARAMETER',
  'URI_TOO_LONG',
  'INTERNAL_ERROR',
  'GATEWAY_CLOSING',
]
/** What routes may answer with that ask for a credential. */
const ACCESS_PROBLEMS: readonly ProblemCode[] = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMIT_EXCEEDED',
  'STORE_UNAVAILABLE',
]

const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string().optional(),
    fix: z.string(),
    request_id: z.string(),
    errors: z
      .array(z.object({ field: z.string(), message: z.string(), fix: z.string() }))
      .optional(),
  })
  .describe('RFC 9457. docs/problems.md lists the codes.')

/** Returns the OpenAPI 3.1 description of the routes, in a fixed order. */
export function openApiDocument(routes: readonly DocumentedRoute[], version: string): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes.toSorted(byPathAndMethod)) {
    const path = route.url.replaceAll(/:(\w+)/gu, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Portcullis',
      version,
      description: 'May I release now, and why not?',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas: { Problem: jsonSchemaOf(Problem, 'output') },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key, or an HS256 JWT with the claims sub, role and exp.',
        },
      },
    },
  }
}

/** Returns all problems that a route may answer with, sorted by status and code. */
export function problemsOf({
  access,
  docs,
}: Pick<DocumentedRoute, 'access' | 'docs'>): ProblemCode[] {
  const byAccess = access === 'anyone' ? [] : ACCESS_PROBLEMS
  const codes = new Set([...COMMON_PROBLEMS, ...byAccess, ...(docs.problems ?? [])])
  return [...codes].toSorted((a, b) => problems[a].status - problems[b].status || (a < b ? -1 : 1))
}

/** Returns JSON Schema (draft 2020-12, which OpenAPI 3.1 speaks) of what is sent or answered. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

function operationOf(route: DocumentedRoute): Json {
  const { access, docs } = route
  const body = bodyOf(route)
  return {
    tags: [docs.tag],
    summary: docs.summary,
    description: [docs.description, accessInWords(access)].filter(Boolean).join('\n\n'),
    ...(docs.example === undefined
      ? {}
      : { 'x-codeSamples': [{ lang: 'Shell', source: docs.example }] }),
    operationId: `${route.method.toLowerCase()}${route.url.replaceAll(/[^a-z0-9]+/giu, '_')}`,
    ...(access === 'anyone' ? { security: [] } : {}),
    ...(access === 'guard' ? { security: [{ bearer: [] }, {}] } : {}),
    parameters: parametersOf(route),
    ...(body === undefined
      ? {}
      : { requestBody: { required: !mayBeLeftOut(route.schema.body), content: body } }),
    responses: { ...answersOf(docs), ...refusalsOf(route) },
  }
}

/** Returns who may call a route, as a sentence. */
export function accessInWords(access: Access): string {
  if (access === 'anyone') return 'Needs no credential.'
  if (access === 'anyone known') return 'Needs any valid credential.'
  const anonymous = '; a peer on loopback needs none where `GUARD_ANONYMOUS` is `loopback`'
  return access === 'guard'
    ? `Needs the scope \`guard:read\`${anonymous}.`
    : `Needs the scope \`${access}\`.`
}

function bodyOf({ docs, schema }: DocumentedRoute): Json | undefined {
  const bodies = docs.body ?? (isSchema(schema.body) ? { 'application/json': schema.body } : {})
  const content = Object.entries(bodies).map(([contentType, body]) => [
    contentType,
    { schema: jsonSchemaOf(body, 'input') },
  ])
  return content.length === 0 ? undefined : (Object.fromEntries(content) as Json)
}

const PLACES = { params: 'path', querystring: 'query', headers: 'header' } as const

/** What the handler checks itself cannot be left out. */
function mayBeLeftOut(body: unknown): boolean {
  return isSchema(body) && body.safeParse(undefined).success
}

function parametersOf({ schema, docs }: DocumentedRoute): Json[] {
  const own = { params: undefined, querystring: docs.query, headers: docs.headers }
  return (Object.keys(PLACES) as (keyof typeof PLACES)[]).flatMap((part) => {
    const described = own[part] ?? schema[part]
    if (!isSchema(described)) return []
    const { properties = {}, required = [] } = jsonSchemaOf(described, 'input') as {
      properties?: Record<string, Json>
      required?: string[]
    }
    return Object.entries(properties).map(([name, { description, ...property }]) => ({
      name,
      in: PLACES[part],
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: property,
    }))
  })
}

function answersOf({ answers }: RouteDocs): Json {
  const entries = Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)])
  return Object.fromEntries(entries) as Json
}

function answerOf({ description, schema, contentType = 'application/json' }: AnswerDocs) {
  const media = schema === undefined ? {} : { schema: jsonSchemaOf(schema, 'output') }
  return { description, content: { [contentType]: media } }
}

/** A status that the route itself answers with may mean either: the types of the bodies differ. */
function refusalsOf(route: DocumentedRoute): Json {
  const byStatus = Map.groupBy(problemsOf(route), (code) => problems[code].status)
  const entries = [...byStatus].map(([status, codes]) => {
    const own = route.docs.answers[status]
    const words = codes.map((code) => `\`${code}\`: ${problems[code].title}.`)
    return [
      status,
      {
        description: [...(own === undefined ? [] : [own.description]), ...words].join('\n'),
        content: {
          ...(own === undefined ? {} : answerOf(own).content),
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    ]
  })
  return Object.fromEntries(entries) as Json
}

function isSchema(value: unknown): value is z.ZodType {
  return value instanceof z.ZodType
}

function byPathAndMethod(a: DocumentedRoute, b: DocumentedRoute): number {
  if (a.url !== b.url) return a.url < b.url ? -1 : 1
  return a.method < b.method ? -1 : 1
}
