import fc from 'fast-check'
import t from 'tap'

import { jsonErrorPosition } from './json-position.ts'

t.test('the place where a text stops being JSON is told', async (t) => {
  const table: [string, string, number][] = [
    ['', 'value', 0],
    ['{"a": x}', 'value', 6],
    ['{"a": 1,}', 'key', 8],
    ['{"a" 1}', ':', 5],
    ['{a: 1}', 'key or }', 1],
    ['[1, 2', ', or ]', 5],
    ['[1 2]', ', or ]', 3],
    ['[1,]', 'value', 3],
    ['{"a": 1', ', or }', 7],
    ['{"a": 1]', ', or }', 7],
    ['{} {}', 'the end', 3],
    ['"open', 'value', 0],
    ['"a\tb"', 'value', 0],
    ['01', 'value', 0],
    ['[1.]', 'value', 1],
    ['nul', 'value', 0],
    ['truely', 'value', 0],
  ]
  for (const [text, expected, offset] of table) {
    t.throws(() => JSON.parse(text), text)
    t.match(jsonErrorPosition(text), { expected, offset }, text)
  }
})

t.test('lines and columns are counted from one', async (t) => {
  t.match(jsonErrorPosition('{\n  "a": 1,\n  "b" 2\n}'), { line: 3, column: 7 })
})

t.test('whatever breaks a text, what stands before the place could have been JSON', async () => {
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 4 }),
      fc.nat(),
      fc.string({ maxLength: 3 }),
      (json, at, junk) => {
        const cut = at % (json.length + 1)
        const text = json.slice(0, cut) + junk + json.slice(cut)
        if (isJson(text)) return true
        const { offset } = jsonErrorPosition(text)
        // A whole token more would be refused; so the text up to the place ends between tokens.
        return offset <= text.length && jsonErrorPosition(text.slice(0, offset)).offset >= offset
      },
    ),
    { numRuns: 2_000 },
  )
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
