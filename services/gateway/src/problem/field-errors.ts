import type { z } from 'zod'

import type { FieldError } from './problem.ts'

/** More would not be read, and an answer must not grow with its question. */
const FIELD_ERRORS_MAX = 100

/** How a field is named: by its pointer in a body, by its parameter, or by its path in an item. */
const FIELD_OF = {
  body: pointerOf,
  // A parameter that is a list is one parameter.
  parameters: ([name]: readonly PropertyKey[]) => String(name ?? ''),
  item: (path: readonly PropertyKey[]) => path.join('.'),
} as const

/**
 * Returns what zod did not like, one entry a field, at most 100. In a body a field is a JSON pointer,
 * among parameters the parameter's name.
 */
export function fieldErrorsOf(
  issues: readonly z.core.$ZodIssue[],
  part: keyof typeof FIELD_OF,
): FieldError[] {
  return issues
    .flatMap((issue) => expand(issue))
    .slice(0, FIELD_ERRORS_MAX)
    .map((issue) => ({
      field: FIELD_OF[part](issue.path),
      message: messageOf(issue),
      fix: fixOf(issue),
    }))
}

/** Returns a JSON pointer (RFC 6901); the empty pointer is the whole body. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** An unknown key is told at its own place, and one that is no key of a record by what is wrong with it. */
function expand(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ ...issue, path: [...issue.path, key], keys: [key] }))
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((one) => ({ ...one, path: issue.path }))
  }
  return [issue]
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'is not known here'
  if (issue.code === 'invalid_type' && isMissing(issue)) return 'is missing'
  return issue.message
}

function isMissing(issue: z.core.$ZodIssue): boolean {
  return issue.message.endsWith('received undefined')
}

const MUST = 'must be '
const SEE = 'See the API description at /docs.'

function fixOf(issue: z.core.$ZodIssue): string {
  const { message } = issue
  return message.startsWith(MUST) ? `Give ${message.slice(MUST.length)}.` : fixByCode(issue)
}

function fixByCode(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'Leave it out.'
    case 'invalid_type':
      return `Give ${article(issue.expected)}.`
    case 'invalid_value':
      return `Give one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}.`
    case 'too_big':
      return `Give at most ${issue.maximum}${unitOf(issue.origin, issue.maximum)}.`
    case 'too_small':
      return `Give at least ${issue.minimum}${unitOf(issue.origin, issue.minimum)}.`
    case 'invalid_format':
      return formatFix(issue.format)
    case 'not_multiple_of':
      return `Give a multiple of ${issue.divisor}.`
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return SEE
  }
}

/** A regular expression tells nobody what to do. */
function formatFix(format: string): string {
  return format === 'regex' ? SEE : `Give text of the form ${format}.`
}

function unitOf(origin: string, count: number | bigint): string {
  const isOne = Number(count) === 1
  if (origin === 'string') return isOne ? ' character' : ' characters'
  if (origin === 'array' || origin === 'record') return isOne ? ' entry' : ' entries'
  return ''
}

function article(expected: string): string {
  return /^[aeiou]/u.test(expected) ? `an ${expected}` : `a ${expected}`
}
