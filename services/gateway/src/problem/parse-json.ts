import { isUtf8 } from 'node:buffer'

import { jsonErrorPosition } from './json-position.ts'
import { problem } from './problem.ts'

/** Longer texts are refused without looking for the place: it would cost more than it is worth. */
const POSITION_LENGTH_MAX = 256 * 1_024

/** Returns the text of a body; throws MALFORMED_BODY where it is not UTF-8. */
export function textOf(body: Buffer): string {
  if (!isUtf8(body))
    throw problem('MALFORMED_BODY', { detail: 'the body is not well-formed UTF-8' })
  return body.toString('utf8')
}

/** Returns what a JSON text says; throws MALFORMED_BODY with the place where it stops being JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw problem('MALFORMED_BODY', { detail: sentenceOf(text) })
  }
}

function sentenceOf(text: string): string {
  if (text.length > POSITION_LENGTH_MAX) return 'the body is not JSON'
  const { line, column, expected } = jsonErrorPosition(text)
  return `the body is not JSON: expected ${expected} at line ${line}, column ${column}`
}
