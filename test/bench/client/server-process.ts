// An application with Fastify, with or without the client's hook: what the bench `client` measures.
import { performance } from 'node:perf_hooks'

import { type Client, createClient, fastifyPlugin } from '@portcullis/client'
import Fastify from 'fastify'

import { portOf } from '../children/port-of.ts'
import { serveParent } from '../children/serve-parent.ts'

let client: Client | undefined

/** Starts the application and returns its port; `gatewayUrl` undefined leaves the hook out. */
async function start({ gatewayUrl }: { gatewayUrl: string | undefined }): Promise<number> {
  const app = Fastify()
  if (gatewayUrl !== undefined) {
    client = createClient({ url: gatewayUrl, token: 'bench', service: 'shop', version: '1.4.2' })
    await app.register(fastifyPlugin, { client })
  }
  app.get<{ Params: { id: string } }>('/orders/:id', async (request) => ({ id: request.params.id }))
  app.get<{ Params: { id: string } }>('/people/:id', async (request) => ({ id: request.params.id }))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return portOf(app.server)
}

/** Time that the main thread has computed, in microseconds, and the wall clock beside it. */
function spent(): { cpuUs: number; wallUs: number } {
  const { user, system } = process.cpuUsage()
  return { cpuUs: user + system, wallUs: performance.now() * 1_000 }
}

/** Sends what was counted, and returns how many observations the gateway has accepted. */
async function accepted(): Promise<number> {
  await client?.flush()
  return client?.stats().accepted ?? 0
}

const methods = { start, spent, accepted }
export type ApplicationProcess = typeof methods

serveParent(methods)
