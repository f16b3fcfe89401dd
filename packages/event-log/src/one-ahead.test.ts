import t from 'tap'

import { oneAhead } from './one-ahead.ts'

/** Yields 1, 2, 3, and notes what it does; fails in place of `failing`. */
async function* numbers(did: string[], failing = 0): AsyncGenerator<number, void, undefined> {
  try {
    for (let value = 1; value <= 3; value += 1) {
      did.push(`makes ${value}`)
      await Promise.resolve()
      if (value === failing) throw new Error(`no ${value}`)
      yield value
    }
  } finally {
    did.push('ends')
  }
}

t.test('the next value is worked on while the caller looks at one', async (t) => {
  const did: string[] = []
  for await (const value of oneAhead(numbers(did))) did.push(`sees ${value}`)
  const order = ['makes 1', 'makes 2', 'sees 1', 'makes 3', 'sees 2', 'ends', 'sees 3']
  t.strictSame(did.toSorted(), order.toSorted())
  t.ok(did.indexOf('makes 2') < did.indexOf('sees 1'))
  t.ok(did.indexOf('makes 3') < did.indexOf('sees 2'))
})

t.test('a failure comes after what was there before it', async (t) => {
  const seen: number[] = []
  const read = async (): Promise<void> => {
    for await (const value of oneAhead(numbers([], 3))) seen.push(value)
  }
  await t.rejects(read(), { message: 'no 3' })
  t.strictSame(seen, [1, 2])
})

t.test('a caller that stops early finds the source ended, and hears no failure', async (t) => {
  const did: string[] = []
  for await (const _ of oneAhead(numbers(did, 2))) break
  t.equal(did.at(-1), 'ends')
})
