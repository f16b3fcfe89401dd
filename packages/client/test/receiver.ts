import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'

import { BatchHeader, ObservedBucket } from '@portcullis/contracts'
import type { Test } from 'tap'

/** One request, read by the product's own contract: a body that breaks it fails the test. */
export interface Received {
  readonly path: string | undefined
  readonly headers: IncomingHttpHeaders
  /** As it came over the wire. */
  readonly body: Buffer
  readonly header: BatchHeader
  readonly buckets: ObservedBucket[]
}

export interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

/** An answer, none at all, a cut connection, or a 202 whose body never ends. */
export type Reaction = Answer | 'hang' | 'reset' | 'endless'

/** Says what the n-th request (1, 2, …) gets, now or later. */
export type Behaviour = (n: number) => Reaction | Promise<Reaction>

export const accept: Behaviour = () => ({ status: 202, body: { rejected: [] } })

/** A real HTTP server on a free port that records batches and answers as it is told. */
export class Receiver {
  readonly received: Received[] = []
  behaviour: Behaviour = accept
  #server: Server | undefined
  #port = 0
  #onReceived = Promise.withResolvers<void>()

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Listens, on the same port as before if there was one. */
  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#react(request, response))
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async #react(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    this.received.push(readRequest(request.url, request.headers, body))
    const reaction = this.behaviour(this.received.length)
    this.#onReceived.resolve()
    this.#onReceived = Promise.withResolvers()
    const answer = await reaction
    if (answer === 'reset') request.socket.destroy()
    if (answer === 'endless') Readable.from(endlessText()).pipe(response)
    if (typeof answer === 'string') return
    response.writeHead(answer.status, answer.headers)
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body))
  }

  async stop(): Promise<void> {
    if (this.#server === undefined) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
    this.#server = undefined
  }

  /** Resolves once the predicate holds for what was received; looks again at every request. */
  async until(predicate: (received: readonly Received[]) => boolean): Promise<void> {
    while (!predicate(this.received)) await this.#onReceived.promise
  }

  /** Observations per route, each batch id counted once, as the gateway does. */
  countsByRoute(): Record<string, number> {
    const byId = new Map(this.received.map((one) => [one.header.batch_id, one]))
    const counts: Record<string, number> = {}
    for (const bucket of [...byId.values()].flatMap((one) => one.buckets)) {
      const observations = Object.values(bucket.statuses).reduce((sum, n) => sum + n, 0)
      counts[bucket.route] = (counts[bucket.route] ?? 0) + observations
    }
    return counts
  }
}

/** Starts a receiver that ends with the test. */
export async function startReceiver(t: Test): Promise<Receiver> {
  const receiver = new Receiver()
  await receiver.start()
  t.teardown(() => receiver.stop())
  return receiver
}

function* endlessText(): Generator<string> {
  for (;;) yield 'x'.repeat(65_536)
}

function readRequest(
  path: string | undefined,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Received {
  const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
  const { buckets, ...header } = JSON.parse(plain.toString('utf8')) as { buckets: unknown[] }
  return {
    path,
    headers,
    body,
    header: BatchHeader.parse(header),
    buckets: buckets.map((bucket) => ObservedBucket.parse(bucket)),
  }
}
