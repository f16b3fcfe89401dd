import t from 'tap'

import { classify, NETFLIX_ACA_JUDGE, scoreOf } from './judge.ts'
import { mannWhitney } from './mann-whitney.ts'

const X = [20, 22, 21, 25, 30]
const Y = [1, 2.2, 1.1, 2.5, 3]
/** Of its own tests: 95 %, a tenth. */
const SETTINGS = { tolerance: 0.1, z: 1.959963984540054 }

t.test('the interval is that of its own tests', async (t) => {
  const { low, high, estimate } = mannWhitney(X, Y, SETTINGS.z)
  t.ok(Math.abs(low - 17.8) < 0.01, `${low}`)
  t.ok(Math.abs(high - 27.8) < 0.01, `${high}`)
  t.ok(Math.abs(estimate - 20) < 0.3, `${estimate}`)
})

t.test('a metric that is far above is high, and one that differs once passes', async (t) => {
  t.equal(classify({ canary: X, baseline: Y, direction: 'either' }, SETTINGS), 'High')
  t.equal(classify({ canary: X, baseline: Y, direction: 'decrease' }, SETTINGS), 'Pass')
  t.equal(classify({ canary: Y, baseline: X, direction: 'either' }, SETTINGS), 'Low')
  const once = { canary: [1, 1, 1, 1, 10], baseline: [1, 1, 1, 1, 1], direction: 'either' } as const
  t.equal(classify(once, SETTINGS), 'Pass')
})

t.test('equal samples pass, and a side without values has no data', async (t) => {
  t.equal(classify({ canary: [3, 1], baseline: [1, 3], direction: 'either' }), 'Pass')
  t.equal(classify({ canary: [], baseline: [1], direction: 'either' }), 'Nodata')
  t.equal(
    classify({ canary: [1, 1], baseline: [1], direction: 'either' }, NETFLIX_ACA_JUDGE),
    'Pass',
  )
})

t.test('the score is the share that passes, and half without data is none', async (t) => {
  t.equal(scoreOf(['Pass', 'Pass', 'High']), 200 / 3)
  t.equal(scoreOf(['Pass', 'Pass', 'Nodata']), 100)
  t.equal(scoreOf(['Pass', 'Nodata']), 0)
})
