import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

import type { TestScope } from './test-scope.ts'

/** A request as it came in, whole. */
export type ReceivedRequest = Readonly<{
  method: string
  /** Path and query. */
  url: string
  headers: IncomingHttpHeaders
  body: string
  /** Epoch milliseconds at which the last byte of the body was there. */
  receivedAt: number
}>

/** What the receiver does with a request. `hangUp` cuts the connection instead of an answer. */
export type ReceiverAnswer = Readonly<{
  status?: number
  headers?: Readonly<Record<string, string>>
  body?: string
  delayMs?: number
  hangUp?: boolean
}>

/** Chooses the answer to a request; `index` counts requests from 0. */
export type Answering = (request: ReceivedRequest, index: number) => ReceiverAnswer

/** A real HTTP server that keeps what it is sent. */
export type Receiver = Readonly<{
  url: string
  /** All requests so far, oldest first. */
  requests: readonly ReceivedRequest[]
  /** Changes the answers from now on. */
  answerWith: (answering: Answering) => void
  /** Goes away: connections are refused, on the same port, until `open`. */
  close: () => Promise<void>
  open: () => Promise<void>
}>

const NO_CONTENT: Answering = () => ({ status: 204 })

/** Starts a receiver on a free port of the loopback, and ends it with the test. */
export async function startReceiver(
  t: TestScope,
  initially: Answering = NO_CONTENT,
): Promise<Receiver> {
  const requests: ReceivedRequest[] = []
  let answering = initially
  const server = createServer((incoming, response) => {
    void (async () => {
      const { method = '', url = '', headers } = incoming
      const body = (await buffer(incoming)).toString('utf8')
      const request = { method, url, headers, body, receivedAt: Date.now() }
      const index = requests.push(request) - 1
      await give(response, answering(request, index))
    })().catch(() => response.destroy())
  })
  const open = async (port = 0): Promise<void> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const close = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  t.teardown(close)
  await open()
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port was given.')
  const { port } = address
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answerWith: (next) => {
      answering = next
    },
    close,
    open: () => open(port),
  }
}

async function give(response: ServerResponse, answer: ReceiverAnswer): Promise<void> {
  const { status = 200, headers = {}, body = '', delayMs = 0, hangUp = false } = answer
  if (delayMs > 0) await delay(delayMs)
  if (hangUp) {
    response.destroy()
    return
  }
  response.writeHead(status, headers).end(body)
}
