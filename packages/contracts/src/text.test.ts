import fc from 'fast-check'
import t from 'tap'

import { EnvironmentName, KindName, RouteName, ServiceName, VersionName } from './ids.ts'
import { lineOf, proseOf } from './text.ts'

const refused: readonly [what: string, text: string][] = [
  ['nothing', ''],
  ['a NUL', 'a\u0000b'],
  ['a line break', 'a\nb'],
  ['a control character', 'a\u001bb'],
  ['half a surrogate pair', 'a\ud800'],
  ['too much', 'a'.repeat(129)],
]

t.test('a name is one line that Postgres and UTF-8 can hold', async (t) => {
  for (const [what, text] of refused) t.notOk(ServiceName.safeParse(text).success, what)
  t.ok(ServiceName.safeParse('größe – 注文 🛒').success)
  t.ok(RouteName.safeParse('GET /projects/:id').success)
  t.ok(EnvironmentName.safeParse('production').success)
})

t.test('only a version may be empty', async (t) => {
  t.ok(VersionName.safeParse('').success)
  t.notOk(EnvironmentName.safeParse('').success)
})

t.test('a kind is a word in snake case', async (t) => {
  for (const kind of ['error_rate', 'p95_regress', 'a'])
    t.ok(KindName.safeParse(kind).success, kind)
  for (const kind of ['', 'Error', '9x', '_x', 'a-b', `a${'b'.repeat(64)}`]) {
    t.notOk(KindName.safeParse(kind).success, kind)
  }
})

t.test('whatever a line or prose accepts survives UTF-8 and has no NUL', async (t) => {
  const survives = (text: string) =>
    new TextDecoder().decode(new TextEncoder().encode(text)) === text && !text.includes('\u0000')
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      if (lineOf(64).safeParse(text).success) t.ok(survives(text) && !text.includes('\n'))
      if (proseOf(64).safeParse(text).success) t.ok(survives(text))
    }),
    { numRuns: 300 },
  )
  t.ok(proseOf(64).safeParse('two\nlines').success)
})
