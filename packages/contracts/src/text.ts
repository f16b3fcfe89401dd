import { z } from 'zod'

// Postgres cannot store U+0000 in text, and a lone surrogate has no UTF-8 form: both are refused
// at the border, so that nothing behind it can fail on them.
// oxlint-disable-next-line no-control-regex -- control characters are what this pattern is about.
const CONTROL = /[\u0000-\u001f\u007f]/u

/** Text of one line, 1 to `lengthMax` UTF-16 units, without control characters. */
export function lineOf(lengthMax: number) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(lengthMax, `must have at most ${lengthMax} characters`)
    .refine((text) => !CONTROL.test(text), 'must not contain control characters')
    .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')
}

/** Free text that may have several lines: no NUL, well-formed, at most `lengthMax` units. */
export function proseOf(lengthMax: number) {
  return z
    .string()
    .max(lengthMax, `must have at most ${lengthMax} characters`)
    .refine((text) => !text.includes('\u0000'), 'must not contain NUL')
    .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')
}
