// Goal: a gateway that closes answers what is under way, and waits for nothing else. Method: real
// connections, each of a kind that Node by itself would wait for.
import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'

import { createLogger } from '@portcullis/runtime'
import { waitFor } from '@portcullis/testkit'
import { fastify } from 'fastify'
import t, { type Test } from 'tap'

import type { Gateway } from '../zod-routes.ts'
import { addClosing, type ClosingTimes } from './closing.ts'

const NEVER_MS = 2 ** 31 - 1

/** Listens with one route, whose answer waits for `answer`; no connection is too idle. */
async function listen(t: Test, times: Partial<ClosingTimes> = {}) {
  const log = createLogger({ service: 'gateway', instance: 'test', level: 'silent' })
  const options = { keepAliveTimeout: NEVER_MS, forceCloseConnections: 'idle' } as const
  const app: Gateway = fastify({ loggerInstance: log, ...options }).withTypeProvider()
  addClosing(app, { silentMs: NEVER_MS, graceMs: NEVER_MS, ...times })
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<string>()
  app.get('/', async () => {
    asked.resolve()
    return answer.promise
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  return { app, port: (app.server.address() as AddressInfo).port, asked: asked.promise, answer }
}

/** Opens a connection and says something on it, or nothing; returns it when the server has that. */
async function openAt(app: Gateway, port: number, text: string) {
  const accepted = once(app.server, 'connection') as Promise<[Socket]>
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(text)
  const [there] = await accepted
  await waitFor(() => there.bytesRead === text.length, { what: 'what was said' })
  return socket
}

t.test('what is under way is answered, and ends its connection', async (t) => {
  const { app, port, asked, answer } = await listen(t)
  const asking = fetch(`http://127.0.0.1:${port}/`)
  await asked
  const closed = app.close()
  await waitFor(() => !app.server.listening, { what: 'the gateway to close' })
  answer.resolve('done')
  const response = await asking
  t.equal(response.headers.get('connection'), 'close')
  t.equal(await response.text(), 'done')
  await closed
})

for (const [who, text, times] of [
  ['who says nothing is hung up on', '', { silentMs: 1 }],
  ['who says half a request is hung up on', 'GET / HTTP/1.1\r\nHost: gate\r\n', { graceMs: 1 }],
] as const) {
  t.test(who, async (t) => {
    const { app, port } = await listen(t, times)
    const socket = await openAt(app, port, text)
    const hungUp = once(socket, 'close')
    await app.close()
    await hungUp
    t.ok(socket.destroyed)
  })
}
