import fc from 'fast-check'
import t from 'tap'

import { matchesAny, matchesPattern } from './pattern.ts'

t.test('a star stands for any text, and nothing else is special', async (t) => {
  const rows: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ['checkout', 'checkout', true],
    ['checkout', 'checkout-eu', false],
    ['checkout-*', 'checkout-eu', true],
    ['checkout-*', 'checkout-', true],
    ['checkout-*', 'checkout', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['GET /users/*/orders', 'GET /users/:id/orders', true],
    ['GET /users/*/orders', 'GET /users/:id/invoices', false],
    ['*a*b', 'xxaxxab', true],
    ['*a*b', 'xxaxx', false],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
    ['', '', true],
    ['', 'a', false],
  ]
  for (const [pattern, text, matches] of rows) {
    t.equal(matchesPattern(pattern, text), matches, `${pattern} ~ ${text}`)
  }
})

t.test('it is what a regular expression with the same meaning says', async () => {
  const word = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 8 }).map((all) => all.join(''))
  const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 10 }).map((all) => all.join(''))
  fc.assert(
    fc.property(word, text, (pattern, given) => {
      const same = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'u').test(given)
      return matchesPattern(pattern, given) === same
    }),
    { numRuns: 2_000 },
  )
})

t.test('a pattern that makes others think for ever is answered at once', async (t) => {
  t.equal(matchesPattern(`${'*a'.repeat(100)}b`, 'a'.repeat(500)), false)
})

t.test('where no pattern is given all match', async (t) => {
  t.equal(matchesAny(undefined, 'x'), true)
  t.equal(matchesAny(['a', 'x'], 'x'), true)
  t.equal(matchesAny(['a'], 'x'), false)
})
