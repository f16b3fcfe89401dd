import { setTimeout as delay } from 'node:timers/promises'

import { assertSchemaCompatibility, PostgresConnection } from 'bullmq'
import pg from 'pg'

import { asConnectionError } from './postgres-outage.ts'

export interface QueueConnectionOptions {
  readonly connectionString: string
  /** Connections for statements; a worker has one more that listens. */
  readonly poolSize: number
  /** False: a commit answers before it is on disk, and a crash of the server may lose it. */
  readonly durable: boolean
  /** Producers give up at once, workers never do. */
  readonly patience: 'fail-fast' | 'wait'
}

const CONNECT_TIMEOUT_MS = 2_000
const CONNECT_RETRY_MS = 500

/** How long a statement may go unanswered (a server that hangs, a connection that died silently). */
const STATEMENT_TIMEOUT_MS = { 'fail-fast': 4_000, wait: 30_000 }

/**
 * A client whose first errors wait for a listener. A server that dies right after it took a connection
 * says so in the same packet: before whoever awaits the connection could listen, and an error that
 * nobody hears ends the process.
 */
class ListeningClient extends pg.Client {
  constructor(config: pg.ClientConfig) {
    super(config)
    this.on('error', (error) => {
      if (this.listenerCount('error') > 1) return
      setImmediate(() => {
        if (this.listenerCount('error') > 1) this.emit('error', error)
      })
    })
  }
}

/**
 * BullMQ's connection to Postgres, made to outlive outages: BullMQ's own remembers a first connect
 * that failed for ever, and takes most errors of an outage for errors of the job.
 */
export class QueueConnection extends PostgresConnection {
  #patience: 'fail-fast' | 'wait'
  #ready: Promise<void> | undefined

  constructor(options: QueueConnectionOptions) {
    super(poolConfigOf(options))
    this.#patience = options.patience
    // The pool hears of idle connections only. One that is lost while somebody has it fails that
    // one's next statement; an event of this name that nobody hears ends the process.
    this.pool.on('connect', (client) => client.on('error', () => {}))
    // BullMQ makes the client that listens of this module, and hears of its errors a moment too late.
    Reflect.set(this, 'pgModule', { Client: ListeningClient })
    const query = this.pool.query.bind(this.pool)
    this.pool.query = async (text, params) => {
      try {
        return await query(text, params)
      } catch (error) {
        throw asConnectionError(error)
      }
    }
  }

  /** From now on a server that is away is an error: a closing worker must not wait for it. */
  losePatience(): void {
    this.#patience = 'fail-fast'
  }

  override async waitUntilReady(): Promise<void> {
    this.#ready ??= this.#connect().catch((error: unknown) => {
      this.#ready = undefined
      throw error
    })
    return this.#ready
  }

  async #connect(): Promise<void> {
    for (;;) {
      try {
        await this.#check()
        // Later, so that listeners that are attached in this turn hear it.
        setImmediate(() => this.emit('ready'))
        return
      } catch (error) {
        const isClosing = this.isClosing !== undefined
        if (isClosing || this.#patience === 'fail-fast') throw asConnectionError(error)
        if (this.listenerCount('error') > 0) this.emit('error', error)
      }
      await delay(CONNECT_RETRY_MS)
    }
  }

  async #check(): Promise<void> {
    const client = await this.pool.connect()
    try {
      await assertSchemaCompatibility(client, this.schema)
    } finally {
      client.release()
    }
  }
}

function poolConfigOf(options: QueueConnectionOptions): Record<string, unknown> {
  const { connectionString, options: given } = splitOptions(options.connectionString)
  const ours = options.durable ? [] : ['-c synchronous_commit=off']
  return {
    connectionString,
    // BullMQ appends the search_path of its schema to these.
    options: [...given, ...ours].join(' '),
    max: options.poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS[options.patience],
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }
}

/**
 * Takes `options` out of a connection string: the driver lets them win over those beside the string,
 * and the search_path would be lost.
 */
export function splitOptions(connectionString: string): {
  connectionString: string
  options: readonly string[]
} {
  const [address = '', query = ''] = connectionString.split('?', 2)
  const parameters = new URLSearchParams(query)
  const options = parameters.getAll('options')
  if (options.length === 0) return { connectionString, options }
  parameters.delete('options')
  const rest = parameters.toString()
  return { connectionString: rest === '' ? address : `${address}?${rest}`, options }
}
