import { randomUUID } from 'node:crypto'

import { runAggregator } from '@portcullis/aggregator'
import { runEscalator } from '@portcullis/escalator'
import { type Gateway, runGateway } from '@portcullis/gateway'
import { migrateQueues } from '@portcullis/queues'
import { createLifecycle, createLogger, type Lifecycle, readConfig } from '@portcullis/runtime'
import { createDatabase, startRedis, type TestDatabase, type TestScope } from '@portcullis/testkit'

import { faultsOfTruth } from '../../e2e/system/verify-truth.ts'
import { type AnswerContract, answerContract } from './answer-contract.ts'
import { ADMIN_TOKEN, HMAC_SECRET, JWT_SECRET } from './credentials.ts'

export type Backend = 'postgres' | 'redis'
export const BACKENDS: readonly Backend[] = ['postgres', 'redis']

/** A question to a gateway. */
export interface Ask {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  /** The first admin's when left out; none at all when null. */
  readonly token?: string | null
  /** Sent as JSON; a string or bytes are sent as they are, as JSON too. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer<Body> {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Body
}

/** Gateways and workers in this process, on a database of their own. */
export interface Product {
  readonly database: TestDatabase
  /** Asks the first gateway. Every answer is held to what /openapi.json says of it. */
  ask<Body = Record<string, unknown>>(ask: Ask): Promise<Answer<Body>>
  /** Asks one of several gateways. */
  askGateway<Body = Record<string, unknown>>(nth: number, ask: Ask): Promise<Answer<Body>>
  readonly contract: AnswerContract
  startEscalator(): Promise<void>
  stopEscalator(): Promise<void>
  /** Lines of the log at `warn` and above, as JSON. */
  readonly grave: readonly string[]
}

export interface ProductOptions {
  readonly backend?: Backend
  readonly gateways?: number
  /** False: commands are written, and nobody decides them yet. */
  readonly escalator?: boolean
  /** True: metrics are folded, too. */
  readonly aggregator?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** Superuser's address of a Postgres of its own; the tests' common one when left out. */
  readonly server?: string
}

/**
 * Starts the product's deciding half. It ends with the test; then the log and every projection must
 * be what replaying the log gives.
 */
export async function startProduct(t: TestScope, options: ProductOptions = {}): Promise<Product> {
  const { server } = options
  const database = await createDatabase(t, {
    prepared: { name: 'queues', by: migrateQueues },
    ...(server === undefined ? {} : { server }),
  })
  const { connectionString } = database
  const redis = options.backend === 'redis' ? await startRedis(t) : undefined
  const { config, warnings } = readConfig({ env: envOf(options, redis?.url) })
  const grave: string[] = []
  const log = createLogger({
    service: 'contract',
    instance: 'test',
    level: 'warn',
    destination: { write: (line) => void grave.push(line) },
  })
  const lives: Lifecycle[] = []
  const begin = () => {
    const lifecycle = createLifecycle({ log })
    lives.push(lifecycle)
    return { config, warnings, log, lifecycle, connectionString, instance: randomUUID() }
  }
  let escalating: Lifecycle | undefined
  const startEscalator = async (): Promise<void> => {
    const parts = begin()
    await runEscalator(parts)
    escalating = parts.lifecycle
  }
  t.teardown(async () => {
    // The last to start is the first to end.
    for (const life of lives.toReversed()) await life.close('the test is over')
    const faults = await faultsOfTruth(database.pool)
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })
  if (options.escalator !== false) await startEscalator()
  if (options.aggregator === true) await runAggregator(begin())
  const gateways: Gateway[] = []
  for (let nth = 0; nth < (options.gateways ?? 1); nth += 1) {
    gateways.push((await runGateway(begin())).gateway)
  }
  const contract = answerContract(await describe(gateways[0]!))
  const askGateway = async <Body>(nth: number, question: Ask) =>
    askOne<Body>(gateways[nth]!, contract, question)
  return {
    database,
    ask: async <Body>(question: Ask) => askGateway<Body>(0, question),
    askGateway,
    contract,
    startEscalator,
    stopEscalator: async () => void (await escalating?.close('the test says so')),
    grave,
  }
}

function envOf({ env }: ProductOptions, redisUrl: string | undefined): Record<string, string> {
  return {
    PORT: '0',
    PORTCULLIS_TOKEN: ADMIN_TOKEN,
    OPS_JWT_SECRET: JWT_SECRET,
    OPS_HMAC_SECRET: HMAC_SECRET,
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    ...env,
  }
}

async function describe(gateway: Gateway): Promise<unknown> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
  return (await gateway.inject({ url: '/openapi.json', headers })).json<unknown>()
}

async function askOne<Body>(
  gateway: Gateway,
  contract: AnswerContract,
  { method = 'GET', url, token = ADMIN_TOKEN, body, headers = {} }: Ask,
): Promise<Answer<Body>> {
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
  const answer = await gateway.inject({
    method,
    url,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: isRaw ? body : JSON.stringify(body) }),
  })
  const contentType = String(answer.headers['content-type'])
  // What is no JSON is text: GET /metrics.
  const parsed: unknown = contentType.includes('json') ? JSON.parse(answer.body) : answer.body
  contract.check({ method, url, status: answer.statusCode, contentType, body: parsed })
  return { status: answer.statusCode, headers: answer.headers, body: parsed as Body }
}
