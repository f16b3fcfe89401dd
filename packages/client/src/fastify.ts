import { performance } from 'node:perf_hooks'

import type { Client } from './client.ts'
import { CLIENT_GONE_STATUS } from './node-http.ts'

/** The time of `performance.now()` at which the request began. */
const startedAt = Symbol('portcullis.startedAt')

/** The request, until it is counted. */
const pending = Symbol('portcullis.pending')

/** What the plugin needs of Fastify 4 and 5, so that nobody has to install Fastify for its types. */
interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (request: RequestLike, reply: ReplyLike, done: () => void) => void,
  ): unknown
  addHook(name: 'onClose', hook: () => Promise<void>): unknown
}

interface RequestLike {
  readonly method: string
  readonly routeOptions: { readonly url?: string | undefined }
}

/** The response below the reply: node:http's, or what `inject` puts in its place. */
interface RawResponse {
  readonly statusCode: number
  on(event: 'finish' | 'close', listener: (this: RawResponse) => void): unknown
  [startedAt]?: number
  [pending]?: RequestLike | undefined
}

interface ReplyLike {
  readonly raw: RawResponse
}

export interface FastifyPluginOptions {
  readonly client: Client
}

/**
 * Fastify plugin: counts every request of the instance it is registered on, as `METHOD /template`, and
 * `METHOD /*` where no route matched. Register it first, so that what other hooks answer is timed
 * from the start. When the instance closes, the client is flushed; it stays open for others.
 */
export function fastifyPlugin(
  instance: FastifyLike,
  { client }: FastifyPluginOptions,
  done: () => void,
): void {
  // Two functions for all responses: closures for each would be the only objects of the hot path.
  function onFinish(this: RawResponse): void {
    count(client, this, this.statusCode)
  }
  // A route that hangs is never answered: without this it would look like one without traffic.
  // Fastify's `onRequestAbort` misses every request whose body was read before its client left.
  function onClose(this: RawResponse): void {
    count(client, this, CLIENT_GONE_STATUS)
  }
  instance.addHook('onRequest', (request, { raw }, next) => {
    raw[startedAt] = performance.now()
    raw[pending] = request
    raw.on('finish', onFinish)
    raw.on('close', onClose)
    next()
  })
  instance.addHook('onClose', async () => {
    await client.flush()
  })
  done()
}

/** Counts a request once: `close` follows `finish`, and comes alone where the client went away. */
function count(client: Client, raw: RawResponse, status: number): void {
  const request = raw[pending]
  if (request === undefined) return
  raw[pending] = undefined
  const elapsedMs = performance.now() - (raw[startedAt] ?? 0)
  client.record(request.method, request.routeOptions.url, status, elapsedMs)
}

// Read by Fastify (as `fastify-plugin` sets them): the hooks belong to the instance itself, not to
// a child of it.
Object.assign(fastifyPlugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@portcullis/client',
  [Symbol.for('plugin-meta')]: { name: '@portcullis/client', fastify: '>=4.21.0' },
})
