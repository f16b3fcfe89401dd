/** One HTTP/1.1 answer. `body` is a view into the socket's buffer: copy what is kept. */
export interface Answer {
  readonly status: number
  readonly body: Buffer
}

const HEAD_END = Buffer.from('\r\n\r\n')
const HEAD_BYTES_MAX = 64 * 1024
/** `HTTP/1.1 200`: where the status begins and ends. */
const STATUS_FROM = 9
const STATUS_TO = 12

/**
 * Cuts a connection's bytes into answers, with next to no work per answer: the load shares two
 * cores with what it measures. It reads the status and Content-Length and nothing else; an answer
 * without a length (chunked, or until the connection closes) is an error.
 */
export class AnswerParser {
  #rest: Buffer | undefined

  /** Calls `onAnswer` for each answer that the chunk completes. */
  push(chunk: Buffer, onAnswer: (answer: Answer) => void): void {
    let bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = undefined
    for (;;) {
      const size = answerSizeOf(bytes)
      if (size === undefined || bytes.length < size.total) break
      const status = Number(bytes.toString('latin1', STATUS_FROM, STATUS_TO))
      onAnswer({ status, body: bytes.subarray(size.head, size.total) })
      bytes = bytes.subarray(size.total)
    }
    if (bytes.length > 0) this.#rest = bytes
  }
}

function answerSizeOf(bytes: Buffer): { head: number; total: number } | undefined {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd === -1) {
    if (bytes.length > HEAD_BYTES_MAX) throw new Error('The head of an answer never ends.')
    return undefined
  }
  const head = headEnd + HEAD_END.length
  const text = bytes.toString('latin1', 0, head)
  const length = /\r\ncontent-length: *(\d+)/iu.exec(text)?.[1]
  if (length === undefined) throw new Error(`An answer has no Content-Length: ${text}`)
  return { head, total: head + Number(length) }
}
