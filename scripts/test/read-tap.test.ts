import t from 'tap'

import { readTap } from './read-tap.ts'

/** What tap 21 wrote for one file that passes and one that fails; shortened. */
const RUN = `TAP version 14
# Subtest: a.test.ts
    # Subtest: holds
        ok 1 - should be equal
        1..1
    ok 1 - holds # time=2.1ms

    1..1
ok 1 - a.test.ts # time=12.5ms

# Subtest: b.test.ts
    # Subtest: fails
        not ok 1 - bad
          ---
          diff: |
            # { total: 9, pass: 9 }
          ...

        1..1
    not ok 1 - fails # time=6.7ms
    1..1
not ok 2 - b.test.ts # time=20ms
  ---
  exitCode: 1
  ...

1..2
# failed 1 test
# No coverage generated
# { total: 5, pass: 1, fail: 1, todo: 1, skip: 2 }
# time=354.904ms`

t.test('the assertions of all files are counted as tap counts them', async (t) => {
  const result = await readTap(RUN.split('\n'), () => {})
  t.same(result, { passed: 1, failed: 1, skipped: 3 })
})

t.test('a file that passes is one line, and one that fails is shown whole', async (t) => {
  const shown: string[] = []
  await readTap(RUN.split('\n'), (text) => shown.push(text))
  const text = shown.join('\n')
  t.match(text, /^ok {5}a\.test\.ts \(time=12\.5ms\)$/m)
  t.match(text, /^not ok b\.test\.ts \(time=20ms\)$/m)
  t.match(text, /not ok 1 - bad/)
  t.match(text, /exitCode: 1/)
  t.notMatch(text, /should be equal/)
})

t.test('a run that breaks off has no passed tests', async (t) => {
  const result = await readTap(RUN.split('\n').slice(0, 12), () => {})
  t.same(result, { passed: 0, failed: 0, skipped: 0 })
})
