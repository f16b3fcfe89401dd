import fc from 'fast-check'
import t from 'tap'

import { samplesToBoundQuantile, samplesToShowShare } from './samples-needed.ts'

t.test('what is needed at 95 %', async (t) => {
  t.equal(samplesToBoundQuantile(0.95), 59)
  t.equal(samplesToBoundQuantile(0.99), 299)
  t.equal(samplesToBoundQuantile(0.999), 2995)
  t.equal(samplesToShowShare(0.05), 59)
  t.equal(samplesToShowShare(0.01), 299)
  t.equal(samplesToShowShare(0.001), 2995)
  t.equal(samplesToShowShare(0.01, 0.01), 459)
  t.equal(samplesToShowShare(0.5, 0.25), 2, 'the edge belongs to it')
})

t.test('one fewer is never enough, and the number itself always is', async () => {
  const share = fc.double({ min: 1e-6, max: 0.999, noNaN: true })
  const alpha = fc.double({ min: 1e-6, max: 0.5, noNaN: true })
  fc.assert(
    fc.property(share, alpha, (one, chance) => {
      const n = samplesToShowShare(one, chance)
      return (1 - one) ** n <= chance && (n === 1 || (1 - one) ** (n - 1) > chance)
    }),
  )
})
