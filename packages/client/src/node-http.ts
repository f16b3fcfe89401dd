import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { performance } from 'node:perf_hooks'

import type { Client } from './client.ts'

/** nginx's "client closed request": the response was not finished when its connection ended. */
export const CLIENT_GONE_STATUS = 499

export interface InstrumentOptions {
  readonly client: Client
  /**
   * Returns the template of the route that answered, for example `/projects/:id`, or undefined
   * where none matched. Called once the response has ended; when it throws, none matched.
   */
  readonly routeOf: (request: IncomingMessage, response: ServerResponse) => string | undefined
}

/**
 * Counts every request of a node:http or node:https server. When the server closes, the client is
 * flushed; it stays open for others.
 */
export function instrument(server: Server | HttpsServer, options: InstrumentOptions): void {
  // Before the application's own listeners, so that their time is counted too.
  server.prependListener('request', responseWatch(options))
  server.on('close', () => void options.client.flush())
}

const startedAt = Symbol('portcullis.startedAt')

/** The response, with the time of `performance.now()` at which its request arrived. */
interface TimedResponse extends ServerResponse {
  [startedAt]?: number
}

/** Returns a listener that counts a request when its response ends, whichever way it ends. */
export function responseWatch(
  options: InstrumentOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { client, routeOf } = options
  // One function for all responses: a closure for each would be the only object of the hot path.
  function onClose(this: TimedResponse): void {
    const elapsedMs = performance.now() - (this[startedAt] ?? 0)
    const status = this.writableFinished ? this.statusCode : CLIENT_GONE_STATUS
    client.record(this.req.method ?? 'GET', templateOf(routeOf, this), status, elapsedMs)
  }
  return (_request, response: TimedResponse) => {
    response[startedAt] = performance.now()
    response.on('close', onClose)
  }
}

function templateOf(
  routeOf: InstrumentOptions['routeOf'],
  response: ServerResponse,
): string | undefined {
  try {
    return routeOf(response.req, response)
  } catch {
    // The request was answered; a fault in naming it must not become the application's.
    return undefined
  }
}
