import fc from 'fast-check'
import t from 'tap'

import { stableHash } from './stable-hash.ts'

t.test('the hash never changes', async (t) => {
  // Golden vectors, checked against a second implementation (in Python) when they were written.
  const vectors: readonly (readonly [string, number])[] = [
    ['', 0xab3e7c0b],
    ['a', 0x91e9da27],
    ['GET /projects::slo_violation', 0xc2c26834],
    ['GET /größe/😀::error_rate', 0x7061f3e3],
  ]
  for (const [text, hash] of vectors) t.equal(stableHash(text), hash, text)
})

t.test('the hash is a whole number below 2^32', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const hash = stableHash(text)
        return Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32
      }),
    ),
  )
})
