import { env } from 'node:process'

import { createClient, fastifyPlugin, fromEnv } from '@portcullis/client'
import Fastify, { type FastifyInstance } from 'fastify'

/** What one service of the shop answers with. */
export type AddRoutes = (app: FastifyInstance) => void

/**
 * Runs one service of the shop in this process, as any team would write it: a Fastify application
 * with the Portcullis client as its first plugin. Tells the parent its port, and ends with it.
 */
export async function serve(service: string, addRoutes: AddRoutes): Promise<void> {
  const portcullis = createClient(
    fromEnv(env, {
      service,
      environment: env['SHOP_ENVIRONMENT'],
      version: env['SHOP_VERSION'],
    }),
  )
  const app = Fastify()
  await app.register(fastifyPlugin, { client: portcullis })
  addRoutes(app)
  const close = (): void => {
    // Closing the application sends what it counted last.
    void app.close().then(() => process.exit(0))
  }
  process.once('SIGTERM', close)
  process.once('disconnect', close)
  const address = await app.listen({ host: '127.0.0.1', port: Number(env['SHOP_PORT'] ?? 0) })
  process.send?.({ port: Number(new URL(address).port) })
}
