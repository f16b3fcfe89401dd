import { isRetryable } from '@portcullis/event-log'
import { isQueueUnavailable } from '@portcullis/queues'

import { isInputError } from '../zod-routes.ts'
import { fieldErrorsOf } from './field-errors.ts'
import { malformedEncoding } from './malformed-encoding.ts'
import { isProblem, problem, type Problem } from './problem.ts'

/** Seconds after which a client may try again when the store or the queue was away. */
const STORE_RETRY_SECONDS = 2

/** Fastify's own refusals (its lib/errors.js), by code. */
const FRAMEWORK_PROBLEMS: Readonly<Record<string, (bodyBytesMax: number) => Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (bodyBytesMax) =>
    problem('BODY_TOO_LARGE', { more: { limit_bytes: bodyBytesMax } }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => problem('UNSUPPORTED_MEDIA_TYPE'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    problem('MALFORMED_BODY', { detail: 'the body is not as long as Content-Length says' }),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => problem('MALFORMED_BODY', { detail: 'the body is empty' }),
  FST_ERR_CTP_INVALID_JSON_BODY: () => problem('MALFORMED_BODY'),
  FST_ERR_BAD_URL: () => malformedEncoding(['path']),
  FST_ERR_MAX_PARAM_LENGTH: () => problem('URI_TOO_LONG'),
  FST_ERR_NOT_FOUND: () => problem('NOT_FOUND'),
}

/**
 * Returns the problem that an error of a handler, a hook or the framework is answered with. What is
 * not known is INTERNAL_ERROR: its message stays in the log.
 */
export function problemOfError(error: unknown, bodyBytesMax: number): Problem {
  if (isProblem(error)) return error
  if (isInputError(error)) {
    const inBody = error.httpPart === 'body'
    const errors = fieldErrorsOf(error.issues, inBody ? 'body' : 'parameters')
    return problem(inBody ? 'INVALID_BODY' : 'INVALID_PARAMETER', { errors })
  }
  const known = error instanceof Error ? FRAMEWORK_PROBLEMS[codeOf(error)] : undefined
  if (known !== undefined) return known(bodyBytesMax)
  // The body's stream broke (Fastify gives that error this status): a caller who hung up, and no outage
  // of ours, although the code is a connection's.
  if (error instanceof Error && 'statusCode' in error && error.statusCode === 400) {
    return problem('MALFORMED_BODY', { detail: 'the body broke off', cause: error })
  }
  if (isStoreAway(error)) {
    return problem('STORE_UNAVAILABLE', { retryAfterSeconds: STORE_RETRY_SECONDS, cause: error })
  }
  return problem('INTERNAL_ERROR', { cause: error })
}

/** Whether an error says that Postgres or the queue cannot do it at the moment. */
function isStoreAway(error: unknown): boolean {
  return isRetryable(error) || isQueueUnavailable(error)
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
