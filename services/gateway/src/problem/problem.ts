import { problems, type ProblemCode } from '@portcullis/contracts'

/** What is wrong with one field, and what to do about it. */
export interface FieldError {
  /** JSON pointer (RFC 6901) into the body, or the name of a parameter. */
  readonly field: string
  readonly message: string
  readonly fix: string
}

/** What a problem says beyond its kind. */
export interface ProblemMembers {
  readonly detail?: string
  readonly errors?: readonly FieldError[]
  /** Also sent as the header `Retry-After`. */
  readonly retryAfterSeconds?: number
  /** Further headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>
  /** Members of this kind of problem alone (`limit_bytes`, `needs`, `state` …). */
  readonly more?: Readonly<Record<string, unknown>>
  /** What led to it; for the log, never for the answer. */
  readonly cause?: unknown
}

/** An Error that the gateway answers with a problem (RFC 9457) instead of a 500. */
export interface Problem extends Error {
  readonly problemCode: ProblemCode
  readonly statusCode: number
  readonly members: ProblemMembers
}

/** Returns a problem to be thrown; the catalogue gives its status, title and fix. */
export function problem(code: ProblemCode, members: ProblemMembers = {}): Problem {
  const { title, status } = problems[code]
  const message = members.detail === undefined ? title : `${title}: ${members.detail}`
  return Object.assign(new Error(message, { cause: members.cause }), {
    problemCode: code,
    statusCode: status,
    members,
  })
}

/** Whether a caught error is a problem already. */
export function isProblem(error: unknown): error is Problem {
  return error instanceof Error && 'problemCode' in error
}

/** A problem as it is sent. */
export interface ProblemBody {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly detail?: string
  readonly fix: string
  readonly request_id: string
  readonly errors?: readonly FieldError[]
  readonly [extension: string]: unknown
}

/** Returns the body of a problem, without what must stay inside. */
export function problemBody({ problemCode, members }: Problem, requestId: string): ProblemBody {
  const { title, status, fix } = problems[problemCode]
  return {
    type: `/problems/${problemCode}`,
    title,
    status,
    code: problemCode,
    ...(members.detail === undefined ? {} : { detail: members.detail }),
    fix,
    request_id: requestId,
    ...(members.errors === undefined ? {} : { errors: members.errors }),
    ...members.more,
  }
}

/** Returns the headers of a problem's answer. */
export function problemHeaders({ members }: Problem): Record<string, string> {
  return {
    'content-type': 'application/problem+json; charset=utf-8',
    'cache-control': 'no-store',
    ...(members.retryAfterSeconds === undefined
      ? {}
      : { 'retry-after': String(Math.max(1, Math.ceil(members.retryAfterSeconds))) }),
    ...members.headers,
  }
}
