import t from 'tap'

import { readYaml } from './read-yaml.ts'

function placeOf(text: string, path: readonly string[], word: string): string {
  const [document] = readYaml({ name: 'a.yaml', text }).documents
  const value = path.reduce<unknown>(
    (holder, key) => (holder as Record<string, unknown>)[key],
    document!.plain,
  )
  const { line, column } = document!.within(path, String(value).indexOf(word))
  return `${line}:${column}`
}

t.test('a word within a text is told where it stands in the file', async (t) => {
  const cases: readonly (readonly [text: string, place: string])[] = [
    ['q: sum(here)\n', '1:8'],
    ['q: "sum(here)"\n', '1:9'],
    ["a: 1\nq: 'sum(here)'\n", '2:9'],
    ['q: |\n  sum(\n    here\n  )\n', '3:5'],
    ['q: |-\n\n    sum(here)\n', '3:9'],
    // What is folded or escaped is not what is in the file: its beginning is told.
    ['q: >\n  sum(\n  here)\n', '1:4'],
    ['q: "\\tsum(here)"\n', '1:4'],
  ]
  for (const [text, place] of cases) t.equal(placeOf(text, ['q'], 'here'), place, text)
})

t.test('of what is no text, the value is told, or what is nearest', async (t) => {
  const [document] = readYaml({ name: 'a.yaml', text: 'a:\n  b: 12\n' }).documents
  t.strictSame(document!.within(['a', 'b'], 5), { line: 2, column: 6 })
  t.strictSame(document!.within(['a', 'c'], 5), { line: 2, column: 3 })
  t.strictSame(document!.at(['a', 'b'], 'key'), { line: 2, column: 3 })
})
