/** A request as text, before it is bytes. */
export interface RequestParts {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Returns a whole HTTP/1.1 request, ready to be written to a socket as it is. */
export function requestBytes({ method, path, token, headers, body }: RequestParts): Buffer {
  const content = Buffer.from(body ?? '')
  const fields: Record<string, string> = {
    host: '127.0.0.1',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(content.length) }),
    ...headers,
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
  return Buffer.concat([Buffer.from(head), content])
}
