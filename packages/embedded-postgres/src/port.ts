import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

export const HOST = '127.0.0.1'

/**
 * Ports are chosen below 32768, where Linux begins to take ports for outgoing connections: a kept
 * port must still be free at the next start.
 */
const PORT_MIN = 20_000
const PORT_MAX = 32_000

const ATTEMPTS_MAX = 50

/** Returns a free port of this machine's loopback. Throws a sentence when none is found. */
export async function chooseFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const port = randomInt(PORT_MIN, PORT_MAX)
    if (await isFree(port)) return port
  }
  throw new Error(`No free port was found on ${HOST} between ${PORT_MIN} and ${PORT_MAX}.`)
}

/** Returns whether a server could listen on this port of the loopback now. */
export async function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.once('error', () => resolve(false))
  server.listen({ host: HOST, port, exclusive: true }, () => server.close(() => resolve(true)))
  return promise
}
