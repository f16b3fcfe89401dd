import type { FastifyRequest } from 'fastify'

import { bearerTokenOf, requireScope, type Authenticate } from '../access/authenticate.ts'
import { ANONYMOUS, type Principal } from '../access/principal.ts'
import { requireSameOrigin } from '../access/same-origin.ts'
import type { SessionOf } from '../access/session.ts'
import type { VerifySignature } from '../access/signature.ts'
import { WHO_MAY, type Access } from '../access/who-may.ts'
import { isProblem, problem } from '../problem/problem.ts'
import type { Gateway } from '../zod-routes.ts'

/** Who must sign a request: people, or (where OPS_HMAC_REQUIRED says so) everybody. */
export type Signed = 'by people' | 'where required'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks of its caller; as in who-may.ts. */
    readonly access?: Access
    /** Left out: a signature is not looked at. */
    readonly signed?: Signed
    /** Whether a browser's session counts as a credential. */
    readonly session?: boolean
  }
  interface FastifyInstance {
    /** In a scope of routes that come from a library: what they ask of their callers. */
    readonly accessOfMethods?: (methods: readonly string[]) => Access
  }
  interface FastifyRequest {
    /** Set before any handler runs; ANONYMOUS where nothing was asked for. */
    principal: Principal
    /** The bytes of the body as they were received; kept on routes that are `signed`. */
    rawBody: Buffer | undefined
  }
}

export interface AccessOptions {
  readonly authenticate: Authenticate
  readonly verifySignature: VerifySignature
  readonly sessionOf: SessionOf
  /** GUARD_ANONYMOUS is `loopback`. */
  readonly guardAnonymous: boolean
  /** OPS_HMAC_REQUIRED. */
  readonly signatureRequired: boolean
}

const NOTHING = Buffer.alloc(0)

/**
 * Lets a request through when its route's `access` and `signed` are met. Must be installed on the root
 * and before any route, so that no route escapes it.
 */
export function addAccess(app: Gateway, options: AccessOptions): void {
  app.decorateRequest('principal')
  app.decorateRequest('rawBody', undefined)
  app.addHook('onRoute', function (route) {
    // A library's routes declare nothing: their scope does, by method.
    const access = this.accessOfMethods?.([route.method].flat())
    if (access !== undefined) route.config = { access, session: true, busy: true, ...route.config }
    for (const method of [route.method].flat()) requireDeclared(method, route.url, route.config)
    if (route.config?.signed === undefined) return
    // Before validation: who may not ask is not told what would be wrong with the question.
    const before = [route.preValidation ?? []].flat()
    route.preValidation = [(request) => requireSignature(request, options), ...before]
  })
  app.addHook('onRequest', (request, reply, done) => {
    const refuse = (error: Error): void => {
      if (!isVisitor(request, error)) return done(error)
      void reply.redirect(loginFor(request), 303)
    }
    try {
      const found = principalFor(request, options)
      if (!(found instanceof Promise)) return admit(request, found, done)
      found.then((principal) => admit(request, principal, done), refuse).catch(done)
    } catch (error) {
      refuse(error as Error)
    }
  })
}

function requireDeclared(
  method: string,
  url: string,
  config: { readonly access?: Access } | undefined,
): void {
  const name = `${method === 'HEAD' ? 'GET' : method} ${url}`
  const allowed = WHO_MAY[name]
  if (allowed === undefined || config?.access !== allowed) {
    throw new Error(
      `The route ${name} declares access "${config?.access}", and who-may.ts says "${allowed}": ` +
        'they must agree, so that the table is the whole truth.',
    )
  }
}

function principalFor(
  request: FastifyRequest,
  { authenticate, sessionOf, guardAnonymous }: AccessOptions,
): Principal | Promise<Principal> {
  const { access, session } = request.routeConfig
  const { authorization, cookie } = request.headers
  // Whether a path exists is no secret: without a route there is nothing to guard.
  if (access === 'anyone' || request.is404) return ANONYMOUS
  if (authorization !== undefined) return authenticate(bearerTokenOf(authorization))
  if (access === 'guard' && guardAnonymous && isFromLoopback(request)) return ANONYMOUS
  if (session === true && cookie !== undefined) {
    if (request.method !== 'GET' && request.method !== 'HEAD') requireSameOrigin(request)
    return sessionOf(cookie)
  }
  throw problem('UNAUTHENTICATED', { headers: { 'www-authenticate': 'Bearer' } })
}

/** Whether a browser asks for a page without a session, or with one that ended: it is led to the form. */
function isVisitor({ routeConfig, headers, method }: FastifyRequest, error: Error): boolean {
  if (!isProblem(error) || error.problemCode !== 'UNAUTHENTICATED') return false
  if (routeConfig.session !== true || method !== 'GET') return false
  return headers.authorization === undefined && headers.accept?.includes('text/html') === true
}

function loginFor(request: FastifyRequest): string {
  return `/login?next=${encodeURIComponent(request.url)}`
}

function admit(request: FastifyRequest, principal: Principal, done: (error?: Error) => void): void {
  try {
    request.principal = principal
    const { access } = request.routeConfig
    if (access === 'guard') requireScope(principal, 'guard:read')
    else if (access !== undefined && access !== 'anyone' && access !== 'anyone known') {
      requireScope(principal, access)
    }
  } catch (error) {
    return done(error as Error)
  }
  done()
}

/** Headers by which a proxy says that it speaks for somebody else. */
const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const

/**
 * Whether the peer itself is on loopback. A proxy on the same machine speaks for the world: what it
 * forwards is not from loopback, whether its headers are believed or not.
 */
function isFromLoopback(request: FastifyRequest): boolean {
  const address = request.socket.remoteAddress ?? ''
  const isLoopback = /^(?:::ffff:)?127\.|^::1$/u.test(address)
  return isLoopback && FORWARDING.every((name) => request.headers[name] === undefined)
}

async function requireSignature(
  request: FastifyRequest,
  { verifySignature, signatureRequired }: AccessOptions,
): Promise<void> {
  const { signed } = request.routeConfig
  if (signed === undefined) return
  const { 'x-signature': signature, 'x-timestamp': timestamp, 'x-nonce': nonce } = request.headers
  const isAsked =
    signatureRequired || (signed === 'by people' && request.principal.kind === 'person')
  if (!isAsked && signature === undefined) return
  await verifySignature(
    {
      method: request.method,
      url: request.url,
      body: request.rawBody ?? NOTHING,
      signature: single(signature),
      timestamp: single(timestamp),
      nonce: single(nonce),
    },
    { fresh: signatureRequired },
  )
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header
}
