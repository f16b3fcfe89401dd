import type { z } from 'zod'

/** What zod did not like, with the part of the document that it is about. */
export interface Complaint {
  readonly path: readonly PropertyKey[]
  readonly part: 'key' | 'value'
  readonly message: string
}

/** Returns what is to be said about an issue: one complaint, or one for each unknown key. */
export function complaintsOf(issue: z.core.$ZodIssue): Complaint[] {
  if (issue.code === 'invalid_union') return unionComplaints(issue)
  if (issue.code === 'unrecognized_keys') {
    const message = 'is not known here: leave it out'
    return issue.keys.map((key) => ({ path: [...issue.path, key], part: 'key', message }))
  }
  return [{ path: issue.path, part: 'value', message: messageOf(issue) }]
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `must be ${choices(issue.values)}`
  if (issue.code !== 'invalid_type' || issue.message.startsWith('must be')) return issue.message
  // Zod keeps no input in its issues; its own words are all there is.
  return issue.message.endsWith('received undefined')
    ? 'is missing'
    : `must be ${article(issue.expected)}`
}

/** Of several forms that something may have, the one that comes nearest is told of. */
function unionComplaints(issue: z.core.$ZodIssueInvalidUnion): Complaint[] {
  // Where the kind or the type decides between forms, the path leads to it.
  if (issue.discriminator !== undefined) {
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : []
    const message =
      options.length > 0 ? `must be ${choices(options)}` : 'is none of those that there are'
    return [{ path: issue.path, part: 'value', message }]
  }
  const deepest =
    issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a) || a.length - b.length)[0] ?? []
  return deepest.flatMap((inner) =>
    complaintsOf({ ...inner, path: [...issue.path, ...inner.path] }),
  )
}

/** How far a form was followed until something was wrong. */
function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map(({ path }) => path.length))
}

function choices(values: readonly unknown[]): string {
  const texts = values.map(String)
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`
}

function article(expected: string): string {
  if (expected === 'object' || expected === 'record') return 'a mapping'
  if (expected === 'array') return 'a list'
  if (expected === 'string') return 'text'
  return /^[aeiou]/u.test(expected) ? `an ${expected}` : `a ${expected}`
}
