import t from 'tap'

import { startReceiver } from './start-receiver.ts'

t.test('a receiver keeps what it is sent and answers as it is told', async (t) => {
  const receiver = await startReceiver(t)
  receiver.answerWith((_, index) => ({ status: index === 0 ? 503 : 200, body: 'ok' }))
  const send = (): Promise<Response> =>
    fetch(`${receiver.url}/hook?a=1`, { method: 'POST', body: 'text', headers: { 'x-id': '7' } })
  t.equal((await send()).status, 503)
  t.equal((await send()).status, 200)
  t.match(receiver.requests, [{ method: 'POST', url: '/hook?a=1', body: 'text' }, {}])
  t.equal(receiver.requests[0]?.headers['x-id'], '7')
})

t.test('a receiver that is closed refuses connections, and comes back on its port', async (t) => {
  const receiver = await startReceiver(t)
  await receiver.close()
  await t.rejects(fetch(receiver.url))
  await receiver.open()
  t.equal((await fetch(receiver.url)).status, 204)
})

t.test('a receiver can hang up', async (t) => {
  const receiver = await startReceiver(t, () => ({ hangUp: true }))
  await t.rejects(fetch(receiver.url))
})
