import { mock } from 'node:test'

import t from 'tap'

import { createSharedLook } from './shared-look.ts'

/** A look whose ends are in the test's hands. */
function controlled() {
  const ends: ((result: number) => void)[] = []
  const look = () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    ends.push(resolve)
    return promise
  }
  return { ends, look }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

t.test('those who wait share a look, and none joins one that is in flight', async (t) => {
  const { ends, look } = controlled()
  const shared = createSharedLook(look, { atOnce: 1, deadlineMs: 60_000 })
  const first = shared.next()
  await turn()
  t.equal(ends.length, 1, 'the first look is in flight')
  const second = shared.next()
  const third = shared.next()
  await turn()
  t.equal(ends.length, 1, 'one runs at a time')
  ends[0]!(1)
  t.equal(await first, 1)
  await turn()
  t.equal(ends.length, 2, 'the next one began after the first had ended')
  ends[1]!(2)
  t.strictSame(await Promise.all([second, third]), [2, 2])
  t.equal(ends.length, 2)
})

t.test('so many run side by side, and whoever arrives in one round shares one', async (t) => {
  const { ends, look } = controlled()
  const shared = createSharedLook(look, { atOnce: 2, deadlineMs: 60_000 })
  const first = [shared.next(), shared.next()]
  await turn()
  const second = shared.next()
  await turn()
  t.equal(ends.length, 2, 'two are in flight')
  const third = [shared.next(), shared.next()]
  await turn()
  t.equal(ends.length, 2, 'no more')
  ends[1]!(2)
  t.equal(await second, 2, 'the second does not wait for the first')
  await turn()
  t.equal(ends.length, 3)
  ends[2]!(3)
  t.strictSame(await Promise.all(third), [3, 3])
  ends[0]!(1)
  t.strictSame(await Promise.all(first), [1, 1])
})

t.test('a look that fails fails those who wait for it, and the next one is made', async (t) => {
  let looks = 0
  const look = async () => {
    looks += 1
    if (looks === 1) throw new Error('away')
    return looks
  }
  const shared = createSharedLook(look, { atOnce: 1, deadlineMs: 60_000 })
  await t.rejects(shared.next(), { message: 'away' })
  t.equal(await shared.next(), 2)
})

t.test(
  'nobody waits longer than the deadline, and a look that hangs is followed by one',
  async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.teardown(() => mock.timers.reset())
    const { ends, look } = controlled()
    const shared = createSharedLook(look, { atOnce: 1, deadlineMs: 3_000 })
    const late = { message: 'the store did not answer within 3000 ms' }
    for (let nth = 0; nth < 4; nth += 1) {
      const tooLate = t.rejects(shared.next(), late)
      await turn()
      mock.timers.tick(3_000)
      await tooLate
    }
    t.equal(ends.length, 1, 'the hanging look is not joined by another one')
    const patient = shared.next()
    ends[0]!(1)
    // One round until its end is heard of, and one in which others may join.
    await turn()
    await turn()
    t.equal(ends.length, 2, 'all who waited behind it had been waiting for one and the same look')
    ends[1]!(2)
    t.equal(await patient, 2, 'and who came after the others gave up gets it')
    await turn()
    t.equal(ends.length, 2, 'nobody makes another one')
  },
)
