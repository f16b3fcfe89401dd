// The peer of `verdict` and `ingest`: a Fastify with one bare route. What the product does beyond it
// is what the benches measure.
import Fastify, { type FastifyInstance } from 'fastify'

import { portOf } from '../children/port-of.ts'
import { serveParent } from '../children/serve-parent.ts'

/** An answer that the product gave, to be sent again by the bare route. */
export interface CannedAnswer {
  readonly status: number
  readonly body: Uint8Array
}

const BODY_BYTES_MAX = 10 * 1024 * 1024

let canned: readonly { readonly status: number; readonly body: Buffer }[] = []

/** Starts a route that sends the given answers in turn, as they are, and returns its port. */
async function startSender(): Promise<number> {
  const app = Fastify()
  let count = 0
  app.get('/ops/release-guard', (_request, reply) => {
    const { status, body } = canned[(count += 1) % canned.length]!
    return reply.code(status).type('application/json; charset=utf-8').send(body)
  })
  return listen(app)
}

/** Sets what the sender sends from now on. */
function setAnswers(answers: readonly CannedAnswer[]): void {
  canned = answers.map(({ status, body }) => ({ status, body: Buffer.from(body) }))
}

/** Starts a route that has Fastify parse the JSON of each body and answers, and returns its port. */
async function startParser(): Promise<number> {
  const app = Fastify({ bodyLimit: BODY_BYTES_MAX })
  app.post('/v1/request-metrics', (_request, reply) => reply.code(202).send({ accepted: true }))
  return listen(app)
}

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return portOf(app.server)
}

const methods = { startSender, setAnswers, startParser }
export type BareFastifyProcess = typeof methods

serveParent(methods)
