import t from 'tap'

import { afterLook } from './redis-run.ts'

t.test('a run that gives way to another is a restart, and nothing else is', async (t) => {
  const rows = [
    ['the first look', '', 'a', false, 'a'],
    ['the same again', 'a', 'a', false, 'a'],
    ['another run', 'a', 'b', true, 'b'],
    ['a cluster comes into sight', 'a', 'abc', false, 'abc'],
    ['one is out of sight', 'abc', 'ab', false, 'abc'],
    ['it is back as it was', 'abc', 'abc', false, 'abc'],
    ['it is back as another', 'abc', 'abd', true, 'abd'],
    ['INFO tells nothing', 'a', '', false, 'a'],
  ] as const
  for (const [what, known, seen, isRestart, then] of rows) {
    const result = afterLook(new Set(known), new Set(seen))
    t.equal(result.isRestart, isRestart, what)
    t.equal([...result.known].join(''), then, what)
  }
})
