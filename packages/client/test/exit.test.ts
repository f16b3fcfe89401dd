// Goal: what was counted shortly before the end of a process arrives. Method: real processes, which
// end in the ways in which services end.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import t, { type Test } from 'tap'

import { startReceiver } from './receiver.ts'

const client = join(import.meta.dirname, '../src/index.ts')

/** Runs a program that has a `portcullis` client; resolves to its exit code and what it wrote. */
async function run(t: Test, url: string, program: string, signal?: NodeJS.Signals) {
  const source = `
    import { createServer } from 'node:http'
    import Fastify from 'fastify'
    import { createClient, fastifyPlugin, fromEnv, instrument } from ${JSON.stringify(client)}
    const portcullis = createClient(fromEnv(process.env, { service: 'shop', flushIntervalMs: 300_000 }))
    ${program}`
  // Without the loaders that tap would put into it.
  const node = ['-u', 'NODE_OPTIONS', process.execPath, '--input-type=module', '--eval', source]
  const child = spawn('env', node, {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, PORTCULLIS_URL: url, PORTCULLIS_TOKEN: 'secret' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const exit = once(child, 'exit')
  const stderr = text(child.stderr)
  if (signal !== undefined) {
    await once(child.stdout, 'data')
    child.kill(signal)
  } else {
    child.stdout.resume()
  }
  const [code] = (await exit) as [number | null]
  return { code, stderr: await stderr }
}

t.test('a program that comes to its end sends the rest, although it closes nothing', async (t) => {
  const receiver = await startReceiver(t)
  const program = "portcullis.record('GET', '/a', 200, 1)"
  t.same(await run(t, receiver.url, program), { code: 0, stderr: '' })
  t.same(receiver.countsByRoute(), { 'GET /a': 1 })
})

t.test('the client keeps no process alive', async (t) => {
  const receiver = await startReceiver(t)
  t.same(await run(t, receiver.url, ''), { code: 0, stderr: '' })
  t.equal(receiver.received.length, 0)
})

t.test('a program ends also when the gateway is down', async (t) => {
  const receiver = await startReceiver(t)
  await receiver.stop()
  const program = "portcullis.record('GET', '/a', 200, 1)"
  t.same(await run(t, receiver.url, program), { code: 0, stderr: '' })
})

t.test('a program ends although its request to a gateway that hangs is in flight', async (t) => {
  const receiver = await startReceiver(t)
  receiver.behaviour = () => 'hang'
  // An attempt may take longer than this test: only the end of the program can end it.
  const program = `
    const quick = createClient(fromEnv(process.env, {
      service: 'shop', flushIntervalMs: 10, requestTimeoutMs: 300_000, closeTimeoutMs: 200,
    }))
    quick.record('GET', '/a', 200, 1)
    while (quick.stats().batches === 0) await new Promise(setImmediate)`
  t.same(await run(t, receiver.url, program), { code: 0, stderr: '' })
})

t.test(
  'the end of a process does not try again what its server just flushed in vain',
  async (t) => {
    const receiver = await startReceiver(t)
    receiver.behaviour = () => 'hang'
    const program = `
    const slow = createClient(fromEnv(process.env, {
      service: 'shop', flushIntervalMs: 300_000, closeTimeoutMs: 1_500,
    }))
    const app = Fastify()
    await app.register(fastifyPlugin, { client: slow })
    app.get('/a', async () => 'a')
    await app.inject('/a')
    await app.close()`
    t.same(await run(t, receiver.url, program), { code: 0, stderr: '' })
    t.equal(receiver.received.length, 1)
  },
)

t.test('a Fastify service that closes at SIGTERM sends the rest', async (t) => {
  const receiver = await startReceiver(t)
  const program = `
    const app = Fastify()
    await app.register(fastifyPlugin, { client: portcullis })
    app.get('/a', async () => 'a')
    process.once('SIGTERM', () => app.close())
    const url = await app.listen({ port: 0 })
    await (await fetch(url + '/a')).text()
    console.log('ready')`
  t.same(await run(t, receiver.url, program, 'SIGTERM'), { code: 0, stderr: '' })
  t.same(receiver.countsByRoute(), { 'GET /a': 1 })
})

t.test('a node:http service that closes at SIGTERM sends the rest', async (t) => {
  const receiver = await startReceiver(t)
  const program = `
    const server = createServer((request, response) => response.end('a'))
    instrument(server, { client: portcullis, routeOf: () => '/a' })
    process.once('SIGTERM', () => { server.close(); server.closeAllConnections() })
    server.listen(0, '127.0.0.1', async () => {
      await (await fetch('http://127.0.0.1:' + server.address().port)).text()
      console.log('ready')
    })`
  t.same(await run(t, receiver.url, program, 'SIGTERM'), { code: 0, stderr: '' })
  t.same(receiver.countsByRoute(), { 'GET /a': 1 })
})

t.test('close before process.exit sends the rest', async (t) => {
  const receiver = await startReceiver(t)
  const program = `
    portcullis.record('GET', '/a', 200, 1)
    await portcullis.close({ timeoutMs: 5_000 })
    process.exit(3)`
  t.same(await run(t, receiver.url, program), { code: 3, stderr: '' })
  t.same(receiver.countsByRoute(), { 'GET /a': 1 })
})
