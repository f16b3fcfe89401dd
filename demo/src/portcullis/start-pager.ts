import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

import { Webhook } from 'standardwebhooks'
import { z } from 'zod'

/** Whoever is on call: receives Standard Webhooks, as a paging service would. */
export interface Pager {
  /** The settings that make Portcullis page it. */
  readonly settings: Readonly<Record<'WEBHOOK_URL' | 'WEBHOOK_SECRET', string>>
  close(): Promise<void>
}

/** What is read of a page. */
const Page = z.object({
  type: z.string(),
  data: z.object({
    incident: z.object({
      incident_key: z.string(),
      severity: z.string(),
      escalation_level: z.number(),
    }),
  }),
})
export type Page = z.infer<typeof Page>

const SECRET_BYTES = 32
const BODY_BYTES_MAX = 64 * 1_024

/**
 * Starts a receiver on the loopback. A page whose signature does not hold is refused; a page that
 * arrives again, which at-least-once delivery allows, rings once.
 */
export async function startPager(ring: (page: Page) => void): Promise<Pager> {
  const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`
  const verifier = new Webhook(secret)
  const seen = new Set<string>()
  const server = createServer((request, response) => {
    receive(request, verifier).then(
      ({ id, page }) => {
        if (!seen.has(id)) ring(page)
        seen.add(id)
        response.writeHead(204).end()
      },
      () => response.writeHead(400).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    settings: { WEBHOOK_URL: `http://127.0.0.1:${port}/pages`, WEBHOOK_SECRET: secret },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function receive(
  request: IncomingMessage,
  verifier: Webhook,
): Promise<{ id: string; page: Page }> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_BYTES_MAX) throw new Error('The page is too long.')
    chunks.push(chunk)
  }
  const headers = request.headers as Record<string, string>
  const page = Page.parse(verifier.verify(Buffer.concat(chunks).toString('utf8'), headers))
  return { id: headers['webhook-id'] ?? '', page }
}
