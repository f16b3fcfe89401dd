import type { ProblemCode } from '@portcullis/contracts'
import type { z } from 'zod'

/** One answer of a route. */
export interface AnswerDocs {
  readonly description: string
  /** Left out where the answer has no JSON body. */
  readonly schema?: z.ZodType
  /** `application/json` when left out. */
  readonly contentType?: string
}

/**
 * What a route's users must know; `openapi.json` and the page at /docs are made from it. Parameters,
 * headers and JSON bodies that the route's `schema` checks are taken from there.
 */
export interface RouteDocs {
  readonly tag: string
  readonly summary: string
  readonly description?: string
  /** A command that can be pasted; `$PORTCULLIS_TOKEN` is in the environment. */
  readonly example?: string
  /** Parameters of the query, and headers, that the handler checks itself. */
  readonly query?: z.ZodType
  readonly headers?: z.ZodType
  /** Bodies that the handler checks itself, by content type. */
  readonly body?: Readonly<Record<string, z.ZodType>>
  readonly answers: Readonly<Record<number, AnswerDocs>>
  /** Beside those that every route may answer with (`COMMON_PROBLEMS`). */
  readonly problems?: readonly ProblemCode[]
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Left out for pages, which are no part of the API. */
    readonly docs?: RouteDocs
  }
}
