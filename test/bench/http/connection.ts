import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { type Answer, AnswerParser } from './answer-parser.ts'

/** A keep-alive connection with one request under way at a time. */
export interface Connection {
  /** Writes a whole request, and calls `onAnswer` once with its answer. */
  exchange(request: Buffer, onAnswer: (answer: Answer) => void): void
  close(): void
}

/** Opens a connection to a port of the loopback; `onError` is told when it breaks. */
async function openConnection(port: number, onError: (error: Error) => void): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return connectionOver(socket, onError)
}

function connectionOver(socket: Socket, onError: (error: Error) => void): Connection {
  const parser = new AnswerParser()
  let waiting: ((answer: Answer) => void) | undefined
  const take = (answer: Answer): void => {
    const onAnswer = waiting
    waiting = undefined
    if (onAnswer === undefined) throw new Error('An answer came that nobody had asked for.')
    onAnswer(answer)
  }
  socket.on('data', (chunk: Buffer) => {
    try {
      parser.push(chunk, take)
    } catch (error) {
      onError(error as Error)
      socket.destroy()
    }
  })
  socket.on('error', onError)
  socket.on('close', () => {
    if (waiting !== undefined)
      onError(new Error('The server closed a connection it should answer.'))
  })
  return {
    exchange: (request, onAnswer) => {
      if (waiting !== undefined) throw new Error('A connection carries one request at a time.')
      waiting = onAnswer
      socket.write(request)
    },
    close: () => {
      waiting = undefined
      socket.destroy()
    },
  }
}

/** Opens several connections; the first error of any of them is thrown by `check`. */
export async function openConnections(
  port: number,
  count: number,
): Promise<{ connections: Connection[]; broken: Promise<never>; close: () => void }> {
  const { promise: broken, reject } = Promise.withResolvers<never>()
  // Whoever waits for the work races it with `broken`; until then nobody listens.
  broken.catch((error: unknown) => error)
  const connections = await Promise.all(
    Array.from({ length: count }, () => openConnection(port, reject)),
  )
  return { connections, broken, close: () => connections.forEach((each) => each.close()) }
}
