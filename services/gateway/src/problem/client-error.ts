import type { Socket } from 'node:net'

import type { ProblemCode } from '@portcullis/contracts'
import { problems } from '@portcullis/contracts'

import { problem, problemBody, problemHeaders } from './problem.ts'

/** What Node's HTTP parser refuses before there is a request (nodejs.org/api/http.html, 'clientError'). */
const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** Answers what never became a request with a problem, and closes the connection. */
export function answerClientError(
  error: Error & { readonly code?: string },
  socket: Socket,
  requestId: string,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code = CODES[error.code ?? ''] ?? 'MALFORMED_REQUEST'
  const refusal = problem(code)
  const body = JSON.stringify(problemBody(refusal, requestId))
  const { status } = problems[code]
  const headers = {
    ...problemHeaders(refusal),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end(
    [`HTTP/1.1 ${status} ${REASONS[status] ?? 'Bad Request'}`, ...head, '', body].join('\r\n'),
  )
}
