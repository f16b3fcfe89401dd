import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

import type { FastifyRequest } from 'fastify'

import { parseJson, textOf } from '../problem/parse-json.ts'
import { problem } from '../problem/problem.ts'
import type { Gateway } from '../zod-routes.ts'

/** Enough for every command with its note; batches have a limit of their own. */
export const BODY_BYTES_MAX = 64 * 1_024

const gunzipAll = promisify(gunzip)

/**
 * Takes JSON bodies, and nothing else: well-formed UTF-8, without a key that could reach an object's
 * prototype. An empty body is none.
 */
export function addJsonBodies(app: Gateway): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      requireUtf8Charset(request)
      if (encodingOf(request) !== 'identity') throw unknownEncoding('identity')
      if (request.routeOptions.config.signed !== undefined) request.rawBody = body
      if (body.length === 0) return undefined
      const text = textOf(body)
      if (text.includes('"__proto__"')) {
        throw problem('MALFORMED_BODY', { detail: 'the key __proto__ is not allowed' })
      }
      return parseJson(text)
    },
  )
}

/** A text that came as YAML. */
export class YamlText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** In this scope YAML is taken beside JSON; it reaches the handler as it came (RFC 9512 names its type). */
export function addYamlBodies(scope: Gateway): void {
  scope.addContentTypeParser(
    ['application/yaml', 'application/x-yaml', 'text/yaml'],
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      requireUtf8Charset(request)
      if (encodingOf(request) !== 'identity') throw unknownEncoding('identity')
      request.rawBody = body
      return new YamlText(textOf(body))
    },
  )
}

/**
 * In this scope bodies of these types reach the handler as bytes, unpacked where they came as gzip.
 * A body that would unpack to more than the route's limit is refused before it does.
 */
export function addPackedBodies(scope: Gateway, contentTypes: readonly string[]): void {
  scope.removeAllContentTypeParsers()
  for (const contentType of contentTypes) {
    scope.addContentTypeParser(
      contentType,
      { parseAs: 'buffer' },
      async (request: FastifyRequest, body: Buffer) => {
        requireUtf8Charset(request)
        const encoding = encodingOf(request)
        if (encoding === 'identity') return body
        if (encoding !== 'gzip' && encoding !== 'x-gzip') throw unknownEncoding('gzip')
        return unpack(body, request.routeOptions.bodyLimit)
      },
    )
  }
}

async function unpack(body: Buffer, bytesMax: number): Promise<Buffer> {
  try {
    return await gunzipAll(body, { maxOutputLength: bytesMax })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw problem('BODY_TOO_LARGE', { more: { limit_bytes: bytesMax } })
    }
    throw problem('MALFORMED_BODY', { detail: 'the body is not gzip', cause: error })
  }
}

function encodingOf(request: FastifyRequest): string {
  return (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
}

function unknownEncoding(known: string) {
  return problem('UNSUPPORTED_MEDIA_TYPE', {
    detail: `the Content-Encoding must be ${known}`,
    headers: { 'accept-encoding': known },
  })
}

/** RFC 8259, section 8.1: JSON that is exchanged is UTF-8. */
function requireUtf8Charset(request: FastifyRequest): void {
  const match = /;\s*charset\s*=\s*"?([^";\s]+)/iu.exec(request.headers['content-type'] ?? '')
  if (match !== null && !/^utf-?8$/iu.test(match[1]!)) {
    throw problem('UNSUPPORTED_MEDIA_TYPE', { detail: 'the charset must be UTF-8' })
  }
}
