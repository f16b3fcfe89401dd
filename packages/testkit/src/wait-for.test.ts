import t from 'tap'

import { waitFor } from './wait-for.ts'

t.test('what is so already is not waited for', async (t) => {
  t.equal(await waitFor(() => 0, { what: 'Nought' }), 0)
})

t.test('a predicate that throws is asked again', async (t) => {
  let calls = 0
  const found = await waitFor(
    () => {
      calls++
      if (calls < 3) throw new Error('not yet')
      return calls
    },
    { what: 'The third call' },
  )
  t.equal(found, 3)
})

t.test('a wait ends with what did not come, and the last error as its cause', async (t) => {
  const cause = new Error('connection refused')
  const waiting = waitFor(() => Promise.reject(cause), { what: 'The server', timeoutMs: 30 })
  await t.rejects(waiting, { message: 'The server did not come within 30 ms.', cause })
})
