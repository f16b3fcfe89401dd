import { z } from 'zod'

import { problem } from '../problem/problem.ts'

/** Rows of a page when the caller does not say. */
const LIMIT_DEFAULT = 50
export const LIMIT_MAX = 500

/** The parameters of a list that is read page by page. */
export const PageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/u, `must be a whole number from 1 to ${LIMIT_MAX}`)
    .transform(Number)
    .pipe(z.int().min(1).max(LIMIT_MAX))
    .default(LIMIT_DEFAULT)
    .describe(`Rows of a page, 1 to ${LIMIT_MAX}`),
  cursor: z.string().max(4_096).optional().describe('`next_cursor` of the page before'),
})

/** What a page's answer has beside its rows. */
export const NextCursor = z.string().nullable().describe('Null on the last page')

/** Returns an opaque text for the place after which the next page begins. */
export function cursorOf(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** Reads a cursor; throws INVALID_PARAMETER for what is none of this list. */
export function placeIn<Place>(schema: z.ZodType<Place>, cursor: string): Place {
  const parsed = schema.safeParse(jsonIn(cursor))
  if (parsed.success) return parsed.data
  throw problem('INVALID_PARAMETER', {
    errors: [
      {
        field: 'cursor',
        message: 'is no cursor of this list',
        fix: 'Give `next_cursor` of the page before, or leave it out for the first page.',
      },
    ],
  })
}

function jsonIn(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

/**
 * Returns a page of rows that were read one beyond the limit, and the cursor of the next page. Reading
 * one more tells whether there is a next one.
 */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => unknown,
): { readonly rows: readonly Row[]; readonly nextCursor: string | null } {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  return { rows: page, nextCursor: hasMore ? cursorOf(placeOf(last)) : null }
}
