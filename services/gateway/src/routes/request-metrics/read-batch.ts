import { BatchHeader, ServiceName } from '@portcullis/contracts'
import { z } from 'zod'

import { fieldErrorsOf } from '../../problem/field-errors.ts'
import { parseJson, textOf } from '../../problem/parse-json.ts'
import { problem } from '../../problem/problem.ts'

/** A batch as it was sent: its header is parsed, its items are not yet looked at. */
export interface SentBatch {
  readonly header: BatchHeader
  readonly kind: 'observations' | 'buckets'
  readonly items: readonly unknown[]
}

/** An NDJSON line that is no JSON: `check-item.ts` refuses it, and keeps the others. */
export const NO_JSON = Symbol('no JSON')

/** Numbers in a query are text. */
const HeaderInQuery = BatchHeader.extend({
  sent_at: z
    .string()
    .transform((given) => (/^\d+$/u.test(given) ? Number(given) : given))
    .pipe(BatchHeader.shape.sent_at.unwrap())
    .optional(),
})

/** The same, as it is told to readers: a batch in JSON has its header in the body. */
export const NdjsonQuery = HeaderInQuery.extend({
  service: ServiceName.optional().describe(
    'Must be there with NDJSON; with JSON the query must be empty',
  ),
})

/** Returns the batch in a JSON body; throws INVALID_BODY or MALFORMED_BODY. */
export function readJsonBatch(body: Buffer): SentBatch {
  const parsed = parseJson(textOf(body))
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw invalid('', 'is no object', 'Give an object with `service` and `observations`.')
  }
  const { observations, buckets, ...rest } = parsed as Record<string, unknown>
  const header = BatchHeader.safeParse(rest)
  if (!header.success) {
    throw problem('INVALID_BODY', { errors: fieldErrorsOf(header.error.issues, 'body') })
  }
  const hasObservations = observations !== undefined
  if (hasObservations === (buckets !== undefined)) {
    const message = hasObservations ? 'cannot be sent with `observations`' : 'is missing'
    const field = hasObservations ? '/buckets' : '/observations'
    throw invalid(field, message, 'Give either `observations` or `buckets`.')
  }
  const kind = hasObservations ? 'observations' : 'buckets'
  const items = hasObservations ? observations : buckets
  if (!Array.isArray(items)) throw invalid(`/${kind}`, 'is no array', 'Give an array.')
  return { header: header.data, kind, items }
}

/** Returns the batch in NDJSON lines and a query; throws INVALID_PARAMETER or MALFORMED_BODY. */
export function readNdjsonBatch(body: Buffer, query: unknown): SentBatch {
  const header = HeaderInQuery.safeParse(query)
  if (!header.success) {
    throw problem('INVALID_PARAMETER', { errors: fieldErrorsOf(header.error.issues, 'parameters') })
  }
  const lines = textOf(body).split('\n')
  if (lines.at(-1) === '') lines.pop()
  return { header: header.data, kind: 'observations', items: lines.map(parseLine) }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return NO_JSON
  }
}

function invalid(field: string, message: string, fix: string) {
  return problem('INVALID_BODY', { errors: [{ field, message, fix }] })
}
