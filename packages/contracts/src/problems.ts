/** One kind of refusal: RFC 9457 title and status, with what to do about it. */
export interface ProblemKind {
  readonly status: number
  readonly title: string
  readonly fix: string
}

/**
 * The catalogue of problems, by `code`. The `type` of a problem is `/problems/<code>` in the API's
 * documentation. Codes are never renamed or used again; docs/problems.md lists them all.
 */
export const problems = {
  INVALID_BODY: {
    status: 400,
    title: 'The body has a field that cannot be used',
    fix: 'Mend the fields listed under `errors` and send again.',
  },
  INVALID_PARAMETER: {
    status: 400,
    title: 'A query parameter or header has a value that cannot be used',
    fix: 'Mend the parameters listed under `errors`.',
  },
  MALFORMED_BODY: {
    status: 400,
    title: 'The body is not what its Content-Type says',
    fix: 'Send well-formed UTF-8 JSON (or NDJSON), and name its Content-Encoding.',
  },
  MALFORMED_REQUEST: {
    status: 400,
    title: 'What arrived is no HTTP request',
    fix: 'Check the client, and what stands between it and the gateway.',
  },
  NOTHING_USABLE: {
    status: 400,
    title: 'No observation of the batch can be used',
    fix: 'See `errors` for each observation; nothing was stored.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'No valid credential',
    fix: 'Send `Authorization: Bearer <key or JWT>`.',
  },
  UNAUTHORIZED: {
    status: 401,
    title: 'The signature does not hold',
    fix: 'Send `X-Signature`: hex HMAC-SHA256 with OPS_HMAC_SECRET of the raw body, or, with `X-Timestamp` and `X-Nonce` (which OPS_HMAC_REQUIRED asks for), of `timestamp.nonce.METHOD.path.body`.',
  },
  FORBIDDEN: {
    status: 403,
    title: 'This credential may not do that',
    fix: 'Use a credential with the scope named under `needs`.',
  },
  NOT_FOUND: {
    status: 404,
    title: 'There is no such thing',
    fix: 'Check the path and the id.',
  },
  BEFORE_THE_LOG: {
    status: 404,
    title: 'Nothing was recorded then',
    fix: 'Ask for an instant from `began_at` on, or leave `at` out.',
  },
  NO_LONGER_KEPT: {
    status: 410,
    title: 'What requests did then is no longer kept',
    fix: 'Ask for an instant from `kept_since` on, or leave `at` out.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'This path does not take that method',
    fix: 'Use a method listed in the `Allow` header.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'The request took too long to arrive',
    fix: 'Send again, faster or smaller.',
  },
  INCIDENT_STATE_FORBIDS: {
    status: 409,
    title: "The incident's state forbids that",
    fix: 'Look at `state` and `reason`; the incident may have changed meanwhile.',
  },
  RELEASE_STATE_FORBIDS: {
    status: 409,
    title: "The release's state forbids that",
    fix: 'Look at `state` and `reason`; the release may have changed meanwhile.',
  },
  FREEZE_STATE_FORBIDS: {
    status: 409,
    title: 'What is in force forbids that',
    fix: 'Look at `reason` and at GET /v1/freezes: take another name, wait for its end, or remove it as a policy.',
  },
  WAIVER_STATE_FORBIDS: {
    status: 409,
    title: "The waiver's state forbids that",
    fix: 'Look at `state` and `reason`; grant a new one where this one is over.',
  },
  WAIVER_NEEDS_ANOTHER: {
    status: 403,
    title: 'Whoever granted a waiver cannot approve it',
    fix: 'Ask a second person with `waivers:write` to approve it.',
  },
  POLICIES_DO_NOT_FIT: {
    status: 422,
    title: 'The policies that would be in force do not fit together',
    fix: 'Mend what is listed under `misfits`, or apply what they name as well; nothing was changed.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    fix: 'Send less at once; the limit is under `limit_bytes`.',
  },
  URI_TOO_LONG: {
    status: 414,
    title: 'The URL is too long',
    fix: 'Shorten the query.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'The Content-Type or Content-Encoding is not known here',
    fix: 'Use application/json or application/x-ndjson, plain or gzip.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'This id was used with another body',
    fix: 'Take a new id for a new body; repeat the same body for a retry.',
  },
  RATE_LIMIT_EXCEEDED: {
    status: 429,
    title: 'Too many requests',
    fix: 'Wait as long as `Retry-After` says.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The headers are too large',
    fix: 'Send fewer or smaller headers.',
  },
  INTERNAL_ERROR: {
    status: 500,
    title: 'Something broke on our side',
    fix: 'Send again; if it stays, look for `request_id` in the log.',
  },
  QUEUE_FULL: {
    status: 503,
    title: 'The queue is full',
    fix: 'Send again after `Retry-After`; nothing was stored.',
  },
  STORE_UNAVAILABLE: {
    status: 503,
    title: 'The store or the queue cannot be reached',
    fix: 'Send again after `Retry-After`; the same id makes it safe.',
  },
  GATEWAY_CLOSING: {
    status: 503,
    title: 'The gateway is closing',
    fix: 'Send again, on a new connection: nothing was done.',
  },
  DISK_NEARLY_FULL: {
    status: 503,
    title: 'The disk is nearly full',
    fix: 'Free some space; nothing is accepted before that.',
  },
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof problems
