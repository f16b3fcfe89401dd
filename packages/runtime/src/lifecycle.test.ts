import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

import t from 'tap'

import { createLifecycle } from './lifecycle.ts'
import { createLogger } from './logger.ts'

const log = createLogger({ service: 'test', instance: 'test', level: 'silent' })

t.test('parts are closed one after another, the last registered first', async (t) => {
  const lifecycle = createLifecycle({ log })
  const closed: string[] = []
  for (const name of ['pool', 'queue', 'server']) {
    lifecycle.onClose({ name, deadlineMs: 1_000, close: async () => void closed.push(name) })
  }
  t.notOk(lifecycle.closing.aborted)
  const first = lifecycle.close('test')
  t.ok(lifecycle.closing.aborted)
  t.equal(lifecycle.close('again'), first, 'closing happens once')
  t.equal(await first, true)
  t.strictSame(closed, ['server', 'queue', 'pool'])
})

t.test('a part that hangs or fails does not keep the others open', async (t) => {
  const lifecycle = createLifecycle({ log })
  let poolClosed = false
  lifecycle.onClose({
    name: 'pool',
    deadlineMs: 1_000,
    close: async () => {
      poolClosed = true
    },
  })
  lifecycle.onClose({
    name: 'failing',
    deadlineMs: 1_000,
    close: () => Promise.reject(new Error('no')),
  })
  lifecycle.onClose({ name: 'hanging', deadlineMs: 1, close: () => new Promise(() => {}) })
  t.equal(await lifecycle.close('test'), false)
  t.ok(poolClosed)
})

/** Runs a process that lives until it is told to end; `body` sees `lifecycle`. */
function child(body: string): ChildProcess {
  const source = `
    import { createLifecycle } from ${JSON.stringify(new URL('lifecycle.ts', import.meta.url).href)}
    import { createLogger } from ${JSON.stringify(new URL('logger.ts', import.meta.url).href)}
    const log = createLogger({ service: 'test', instance: 'test', level: 'silent' })
    const lifecycle = createLifecycle({ log })
    const alive = setInterval(() => {}, 1_000)
    lifecycle.onClose({ name: 'alive', deadlineMs: 60_000, close: async () => clearInterval(alive) })
    ${body}
    lifecycle.listen()
    process.send('ready')`
  return spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

async function exitCode(process: ChildProcess): Promise<unknown> {
  const [code] = (await once(process, 'exit')) as [number | null]
  return code
}

t.test('a signal closes the process in good order', async (t) => {
  const process = child('')
  await once(process, 'message')
  process.kill('SIGTERM')
  t.equal(await exitCode(process), 0)
})

t.test('the end of the parent closes the process', async (t) => {
  const process = child('')
  await once(process, 'message')
  process.disconnect()
  t.equal(await exitCode(process), 0)
})

/** Hangs while it closes, until a line comes in. */
const HANGING = `const { promise, resolve } = Promise.withResolvers()
  process.on('message', resolve)
  lifecycle.onClose({
    name: 'hanging', deadlineMs: 60_000, close: () => { process.send('closing'); return promise } })`

t.test('the echo of a signal, as npm sends it, is no second request', async (t) => {
  const process = child(HANGING)
  await once(process, 'message')
  process.kill('SIGINT')
  process.kill('SIGINT')
  process.kill('SIGTERM')
  await once(process, 'message')
  process.send('end')
  t.equal(await exitCode(process), 0)
})

t.test('who asks again and again ends a process that hangs while closing', async (t) => {
  const process = child(HANGING)
  await once(process, 'message')
  const asking = setInterval(() => process.kill('SIGINT'), 50)
  t.teardown(() => clearInterval(asking))
  t.equal(await exitCode(process), 130)
})

t.test(
  'a process that cannot go on closes its parts and ends with a code of failure',
  async (t) => {
    const process = child(`lifecycle.onClose({
    name: 'part', deadlineMs: 60_000, close: async () => void process.send('closed') })
    setImmediate(() => lifecycle.fail('test'))`)
    const said: unknown[] = []
    process.on('message', (message) => said.push(message))
    t.equal(await exitCode(process), 1)
    t.ok(said.includes('closed'))
  },
)

t.test('a part that is registered while closing is closed too', async (t) => {
  const lifecycle = createLifecycle({ log })
  let isClosed = false
  lifecycle.onClose({
    name: 'a start under way',
    deadlineMs: 1_000,
    close: async () => {
      const close = async () => void (isClosed = true)
      lifecycle.onClose({ name: 'late', deadlineMs: 1_000, close })
    },
  })
  t.equal(await lifecycle.close('test'), true)
  t.ok(isClosed)
})

t.test('a bug ends the process at once', async (t) => {
  const process = child(`setImmediate(() => { throw new Error('bug') })`)
  t.equal(await exitCode(process), 70)
})
