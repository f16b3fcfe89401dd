import { CommandId } from '@portcullis/contracts'
import { DECIDED_CHANNEL } from '@portcullis/projections'
import { every, type Logger } from '@portcullis/runtime'
import pg from 'pg'

/** What tells which commands have their answer. */
export interface DecidedSignal {
  close(): Promise<void>
}

export interface DecidedSignalOptions {
  readonly connectionString: string
  readonly log: Logger
  /** Hears of each decided command, whoever asked for it. */
  readonly onDecided: (ids: readonly CommandId[]) => void
}

/** How often it is looked whether the connection is there. */
const CHECK_MS = 500
const CONNECT_TIMEOUT_MS = 5_000

/**
 * Listens, on a connection of its own, to what escalators say after their commits.
 *
 * It may miss any of it: while the connection is away, nobody tells. Whoever waits looks at the table
 * as well, a little later.
 */
export function listenForDecided(options: DecidedSignalOptions): DecidedSignal {
  const { log, onDecided } = options
  let client: pg.Client | undefined

  const connect = async (): Promise<void> => {
    if (client !== undefined) return
    const next = clientOf(options.connectionString)
    // Also after the connection was made: without a listener, its loss would end the process.
    next.on('error', (error) => log.debug({ err: error }, 'the listening connection broke'))
    next.on('end', () => {
      if (client === next) client = undefined
    })
    next.on('notification', ({ payload = '' }) => onDecided(idsIn(payload)))
    client = next
    try {
      await next.connect()
      await next.query(`listen ${DECIDED_CHANNEL}`)
    } catch (error) {
      client = undefined
      await next.end().catch(() => {
        // It never was a connection.
      })
      throw error
    }
  }
  const connecting = every(CHECK_MS, { log, name: 'decided commands' }, connect)
  return {
    close: async () => {
      await connecting.stop()
      await client?.end().catch(() => {
        // It is gone already.
      })
    },
  }
}

function clientOf(connectionString: string): pg.Client {
  return new pg.Client({
    connectionString,
    application_name: 'portcullis gateway (listens)',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  })
}

/** Anybody who can connect can notify: what are no ids is left out. */
function idsIn(payload: string): CommandId[] {
  return payload.split(',').filter((id): id is CommandId => CommandId.safeParse(id).success)
}
