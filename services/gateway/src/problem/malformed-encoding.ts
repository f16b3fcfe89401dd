import { problem, type Problem } from './problem.ts'

/** Returns the problem of parts of a URL that cannot be decoded. */
export function malformedEncoding(fields: readonly string[]): Problem {
  const message = 'is not well-formed percent-encoded UTF-8'
  const errors = fields.map((field) => ({ field, message, fix: 'Encode it as RFC 3986 says.' }))
  return problem('INVALID_PARAMETER', { errors })
}
