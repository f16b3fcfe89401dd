import { performance } from 'node:perf_hooks'

import type { Client } from './client.ts'
import { CLIENT_GONE_STATUS } from './node-http.ts'

/** What the plugin needs of Fastify 4 and 5, so that nobody has to install Fastify for its types. */
interface FastifyLike {
  addHook(
    name: 'onRequest' | 'onResponse',
    hook: (request: RequestLike, reply: ReplyLike, done: () => void) => void,
  ): unknown
  addHook(name: 'onRequestAbort', hook: (request: RequestLike, done: () => void) => void): unknown
  addHook(name: 'onClose', hook: () => Promise<void>): unknown
}

interface RequestLike {
  readonly method: string
  readonly routeOptions: { readonly url?: string | undefined }
}

interface ReplyLike {
  readonly statusCode: number
  readonly elapsedTime: number
}

export interface FastifyPluginOptions {
  readonly client: Client
}

const startedAt = Symbol('portcullis.startedAt')

/** The request, with the time of `performance.now()` at which it began. */
interface TimedRequest extends RequestLike {
  [startedAt]?: number
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
  instance.addHook('onRequest', (request: TimedRequest, _reply, next) => {
    request[startedAt] = performance.now()
    next()
  })
  instance.addHook('onResponse', (request, reply, next) => {
    client.record(request.method, request.routeOptions.url, reply.statusCode, reply.elapsedTime)
    next()
  })
  // A route that hangs is never answered: without this it would look like one without traffic.
  instance.addHook('onRequestAbort', (request: TimedRequest, next) => {
    const elapsedMs = performance.now() - (request[startedAt] ?? performance.now())
    client.record(request.method, request.routeOptions.url, CLIENT_GONE_STATUS, elapsedMs)
    next()
  })
  instance.addHook('onClose', async () => {
    await client.flush()
  })
  done()
}

// Read by Fastify (as `fastify-plugin` sets them): the hooks belong to the instance itself, not to
// a child of it.
Object.assign(fastifyPlugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@portcullis/client',
  [Symbol.for('plugin-meta')]: { name: '@portcullis/client', fastify: '>=4.21.0' },
})
