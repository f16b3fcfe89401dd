import type { Matcher } from '../promql/query.ts'
import { withoutAnchors } from './literals.ts'

/** What an `Slo` may list. */
const STATUSES_MAX = 50

/** Every status that HTTP has room for (RFC 9110, 15). */
export const ALL_STATUSES = Array.from({ length: 500 }, (_, index) => index + 100)

/**
 * What expressions on statuses are made of: digits, `x`, classes, `.` and `\d`, each maybe repeated, in alternatives and
 * groups. Nothing that is repeated holds something repeated, so that trying one costs little.
 */
const EXPRESSION =
  /^(?:(?:[0-9xX.]|\\d|\[\^?[0-9-]+\])(?:[*+?]|\{\d(?:,\d?)?\})?|[|()]|\(\?:|[A-WYZa-wyz<>_])+$/u
const EXPRESSION_CHARACTERS_MAX = 100

/** Names beside the statuses, like the `<error>` of client libraries: answers that never came. */
const NAMES = /[A-WYZa-wyz<>_][A-Za-z<>_]*/gu

/** Which statuses a condition holds for, or why that cannot be told. */
export interface StatusSet {
  readonly statuses: ReadonlySet<number>
  /** What it names beside them. */
  readonly names: readonly string[]
}

/** Returns the statuses for which a condition on a label holds; a text where it is about something else. */
export function statusesOf({ operator, value }: Matcher): StatusSet | string {
  const isExpression = operator === '=~' || operator === '!~'
  const holds = isExpression ? expressionTest(value) : (text: string) => text === value
  if (holds === undefined) return `"${value}" is no expression on statuses that is understood`
  // A class is a value of its own with some exporters: code="5xx".
  const found = new Set(
    ALL_STATUSES.filter(
      (status) => holds(String(status)) || holds(`${Math.floor(status / 100)}xx`),
    ),
  )
  const isNegative = operator === '!=' || operator === '!~'
  if (found.size === 0) return `"${value}" is no status of HTTP`
  const names = isExpression ? [...withoutAnchors(value).replaceAll('\\d', '').matchAll(NAMES)] : []
  return {
    statuses: isNegative ? complementOf(found) : found,
    names: names.map(([name]) => name),
  }
}

function expressionTest(value: string): ((text: string) => boolean) | undefined {
  const expression = withoutAnchors(value)
  if (expression.length > EXPRESSION_CHARACTERS_MAX || !EXPRESSION.test(expression))
    return undefined
  // A repeated group is the one thing that could make it slow.
  if (/\)[*+?{]/u.test(expression)) return undefined
  try {
    const pattern = new RegExp(`^(?:${expression})$`, 'u')
    return (text) => pattern.test(text)
  } catch {
    // A SyntaxError is how the language says no.
    return undefined
  }
}

/** Returns all statuses that are not in a set. */
export function complementOf(statuses: ReadonlySet<number>): Set<number> {
  return new Set(ALL_STATUSES.filter((status) => !statuses.has(status)))
}

/** Returns a set of statuses as an `Slo` lists it, whole classes first; undefined where that is none, all, or too long. */
export function statusList(statuses: ReadonlySet<number>): string[] | undefined {
  const classes = [1, 2, 3, 4, 5].filter((first) =>
    ALL_STATUSES.every((status) => Math.floor(status / 100) !== first || statuses.has(status)),
  )
  const single = [...statuses].filter((status) => !classes.includes(Math.floor(status / 100)))
  const list = [...classes.map((first) => `${first}xx`), ...single.map(String)]
  return list.length > 0 && list.length <= STATUSES_MAX && classes.length < 5 ? list : undefined
}
