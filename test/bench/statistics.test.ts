import t from 'tap'

import { median, medianOfEach, percentile, rounded } from './statistics.ts'

t.test('the median is the middle, or the mean of the two in the middle', async (t) => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 3, 2]), 2.5)
  t.throws(() => median([]))
})

t.test('a percentile is the smallest number that so many percent do not exceed', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
  t.equal(percentile(hundred, 50), 50)
  t.equal(percentile(hundred, 99), 99)
  t.equal(percentile(hundred, 100), 100)
  t.equal(percentile([7], 99), 7)
  t.throws(() => percentile([], 50))
})

t.test('the median of rounds is taken key by key', async (t) => {
  const rounds = [
    { fast: 1, slow: 30 },
    { fast: 3, slow: 10 },
    { fast: 2, slow: 20 },
  ]
  t.same(medianOfEach(rounds), { fast: 2, slow: 20 })
})

t.test('figures are rounded to what a reader can use', async (t) => {
  t.equal(rounded(0.86549), 0.865)
  t.equal(rounded(12.345), 12.3)
  t.equal(rounded(412_345.6), 412_346)
})
