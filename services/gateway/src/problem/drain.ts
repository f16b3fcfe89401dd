import type { IncomingMessage } from 'node:http'

/** So much of a refused body is read and thrown away, and for so long. */
const DRAIN_BYTES_MAX = 64 * 1_024 * 1_024
const DRAIN_MS_MAX = 2_000

/**
 * Reads what is left of a body that is refused, within limits. A connection that is closed while its
 * client still sends is reset, and the client then never sees the answer.
 */
export function drain(body: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytesLeft = DRAIN_BYTES_MAX
    const onData = (chunk: Buffer | string): void => {
      bytesLeft -= chunk.length
      if (bytesLeft < 0) end()
    }
    const end = (): void => {
      clearTimeout(timer)
      body.off('data', onData)
      for (const event of ENDINGS) body.off(event, end)
      resolve()
    }
    const timer = setTimeout(end, DRAIN_MS_MAX)
    if (body.readableEnded || body.destroyed) return end()
    body.on('data', onData)
    for (const event of ENDINGS) body.on(event, end)
    body.resume()
  })
}

const ENDINGS = ['end', 'close', 'error'] as const
