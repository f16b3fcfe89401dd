// The load of the bench `client`, and a gateway that accepts everything and counts it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

import { portOf } from '../children/port-of.ts'
import { serveParent } from '../children/serve-parent.ts'
import { closedLoop } from '../http/closed-loop.ts'
import { requestBytes } from '../http/request-bytes.ts'

interface Bucket {
  readonly statuses: Readonly<Record<string, number>>
}

const unzip = promisify(gunzip)
const REQUESTS = ['/orders/17', '/people/4711', '/orders/93', '/people/12'].map((path) =>
  requestBytes({ method: 'GET', path }),
)

let counted = 0

/** Starts the gateway and returns its port. */
async function startGateway(): Promise<number> {
  const server = createServer((request, response) => {
    buffer(request)
      .then((body) => count(body, request.headers['content-encoding']))
      .then(
        () => response.writeHead(202).end('{}'),
        (error: unknown) => response.writeHead(500).end(String(error)),
      )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return portOf(server)
}

async function count(body: Buffer, encoding: string | undefined): Promise<void> {
  const plain = encoding === 'gzip' ? await unzip(body) : body
  const { buckets } = JSON.parse(plain.toString()) as { buckets: readonly Bucket[] }
  for (const { statuses } of buckets) {
    counted += Object.values(statuses).reduce((sum, of) => sum + of, 0)
  }
}

/** Asks an application for some time, and returns how many requests it answered. */
async function ask(load: {
  port: number
  connections: number
  durationMs: number
}): Promise<number> {
  let sent = 0
  const next = (): Buffer => REQUESTS[(sent += 1) % REQUESTS.length]!
  const { answered, statuses } = await closedLoop({ ...load, next })
  if (statuses[200] !== answered) throw new Error('The application did not answer 200 to all.')
  return answered
}

/** Observations that the gateway was sent. */
function countedByGateway(): number {
  return counted
}

const methods = { startGateway, ask, countedByGateway }
export type LoadProcess = typeof methods

serveParent(methods)
