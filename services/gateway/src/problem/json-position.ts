/** One token of JSON (RFC 8259), after any white space. */
const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|("[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true\b|false\b|null\b))/uy

/** What may come next: a value, a key, or what follows a value. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | 'end of value'

/** Where a text stops being JSON. */
export interface JsonPosition {
  /** From 0, in UTF-16 units. */
  readonly offset: number
  /** From 1. */
  readonly line: number
  readonly column: number
  readonly expected: string
}

/**
 * Returns where a text that `JSON.parse` refused stops being JSON. V8 tells it of some mistakes only,
 * and quotes the text, which may hold a secret.
 */
export function jsonErrorPosition(text: string): JsonPosition {
  const open: string[] = []
  let expected: Expected = 'value'
  let end = 0
  TOKEN.lastIndex = 0
  for (;;) {
    const match = TOKEN.exec(text)
    if (match === null) return positionAt(text, end, wordsFor(expected, open))
    const token = match[1] ?? (match[2] === undefined ? 'scalar' : 'string')
    const next = after(expected, token, open)
    const isTooMuch = next === undefined
    if (isTooMuch) return positionAt(text, end, wordsFor(expected, open))
    expected = next
    end = TOKEN.lastIndex
  }
}

/** Returns what may follow `token`, or undefined where it may not come; keeps track of what is open. */
function after(expected: Expected, token: string, open: string[]): Expected | undefined {
  const mayClose = expected === 'value or ]' ? ']' : expected === 'key or }' ? '}' : undefined
  if (token === mayClose) return closed(open)
  switch (expected) {
    case 'value':
    case 'value or ]':
      return valueBegins(token, open)
    case 'key':
    case 'key or }':
      return token === 'string' ? ':' : undefined
    case ':':
      return token === ':' ? 'value' : undefined
    case 'end of value':
      return valueEnds(token, open)
  }
}

function valueBegins(token: string, open: string[]): Expected | undefined {
  if (token === 'scalar' || token === 'string') return 'end of value'
  if (token !== '{' && token !== '[') return undefined
  open.push(token)
  return token === '{' ? 'key or }' : 'value or ]'
}

function valueEnds(token: string, open: string[]): Expected | undefined {
  const inside = open.at(-1)
  if (token === ',' && inside !== undefined) return inside === '{' ? 'key' : 'value'
  const closes = (token === '}' && inside === '{') || (token === ']' && inside === '[')
  return closes ? closed(open) : undefined
}

function closed(open: string[]): Expected {
  open.pop()
  return 'end of value'
}

function wordsFor(expected: Expected, open: readonly string[]): string {
  if (expected !== 'end of value') return expected
  const inside = open.at(-1)
  if (inside === undefined) return 'the end'
  return inside === '{' ? ', or }' : ', or ]'
}

function positionAt(text: string, after: number, expected: string): JsonPosition {
  const space = /[ \t\r\n]*/uy
  space.lastIndex = after
  const offset = after + (space.exec(text)?.[0].length ?? 0)
  const lines = text.slice(0, offset).split('\n')
  return { offset, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, expected }
}
