import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import express, { Router, type ErrorRequestHandler } from 'express'
import t from 'tap'

import { startReceiver } from '../test/receiver.ts'
import { createClient } from './client.ts'
import { expressMiddleware } from './express.ts'

t.test('requests count for mount path and template, also when they fail', async (t) => {
  const receiver = await startReceiver(t)
  const client = createClient({
    url: receiver.url,
    token: 'secret',
    service: 'shop',
    flushIntervalMs: 300_000,
  })
  t.teardown(() => client.close({ timeoutMs: 0 }))

  const app = express()
  app.use(expressMiddleware({ client }))
  const projects = Router()
  projects.get('/:id', (_request, response) => void response.send('a project'))
  projects.get('/:id/fails', async () => {
    throw new Error('a bug')
  })
  app.use('/projects', projects)
  app.get('/', (request, response) => void response.send((request.route as { path: string }).path))
  const onError: ErrorRequestHandler = (_error, _request, response, _next) => {
    response.status(500).send('sorry')
  }
  app.use(onError)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())

  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.equal(await (await fetch(url)).text(), '/', 'the application still sees its route')
  for (const path of ['/projects/1', '/projects/2', '/projects/1/fails', '/nothing']) {
    await (await fetch(`${url}${path}`)).text()
  }
  t.equal(await client.flush(), true)
  const buckets = receiver.received.flatMap((one) => one.buckets)
  t.same(Object.fromEntries(buckets.map(({ route, statuses }) => [route, statuses])), {
    'GET /': { 200: 1 },
    'GET /projects/:id': { 200: 2 },
    'GET /projects/:id/fails': { 500: 1 },
    'GET /*': { 404: 1 },
  })
})
