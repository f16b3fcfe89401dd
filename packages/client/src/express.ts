import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Client } from './client.ts'
import { responseWatch } from './node-http.ts'

export interface ExpressMiddlewareOptions {
  readonly client: Client
}

/** What the middleware reads of an Express 4 or 5 request. */
interface ExpressRequest extends IncomingMessage {
  baseUrl?: string
}

const template = Symbol('portcullis.template')

interface NamedRequest extends ExpressRequest {
  [template]?: string
}

/**
 * Express middleware: counts every request as `METHOD /mount/template`. Use it before all others.
 * A mount path with parameters (`app.use('/orgs/:org', router)`) is seen with their values in it:
 * such an application uses `instrument` with a `routeOf` of its own.
 */
export function expressMiddleware(
  options: ExpressMiddlewareOptions,
): (request: ExpressRequest, response: ServerResponse, next: () => void) => void {
  const watch = responseWatch({
    client: options.client,
    routeOf: (request: NamedRequest) => request[template],
  })
  return (request, response, next) => {
    nameWhenRouted(request)
    watch(request, response)
    next()
  }
}

/**
 * Notes the template at the moment in which a router sets `request.route`. Later is too late: on
 * the way to an error handler routers take their mount path out of `baseUrl` again, and of all
 * requests those that failed would count for the wrong route.
 */
function nameWhenRouted(request: NamedRequest): void {
  let route: unknown
  Object.defineProperty(request, 'route', {
    configurable: true,
    enumerable: true,
    get: () => route,
    set(value: unknown) {
      route = value
      const path = pathOf(value)
      if (path !== undefined) request[template] = `${request.baseUrl ?? ''}${path}`
    },
  })
}

/** A route's path is text, a pattern or a list of them. */
function pathOf(route: unknown): string | undefined {
  if (typeof route !== 'object' || route === null || !('path' in route)) return undefined
  return String(route.path)
}
