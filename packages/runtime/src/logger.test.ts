import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Writable } from 'node:stream'

import t from 'tap'

import { createLogger } from './logger.ts'

function capture(level: 'info' | 'silent' = 'info') {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString('utf8'))
      done()
    },
  })
  return { lines, log: createLogger({ service: 'gateway', instance: 'a', level, destination }) }
}

t.test('a line names its level, service, instance and time', async (t) => {
  const { lines, log } = capture()
  log.info({ correlationId: 'c1' }, 'listening')
  const line = JSON.parse(lines[0]!) as Record<string, unknown>
  t.match(line, {
    level: 'info',
    service: 'gateway',
    instance: 'a',
    correlationId: 'c1',
    msg: 'listening',
  })
  t.match(line['time'], /^\d{4}-\d{2}-\d{2}T.*Z$/u)
})

t.test('secrets are censored wherever they are put', async (t) => {
  const { lines, log } = capture()
  log.info({ token: 'hunter2', req: { headers: { authorization: 'hunter2', cookie: 'hunter2' } } })
  log.info({ headers: { 'x-signature': 'hunter2', 'set-cookie': 'hunter2' } })
  log.info({ settings: { databaseUrl: 'hunter2', password: 'hunter2' } })
  log.error({ err: Object.assign(new Error('no'), { connectionString: 'hunter2' }) })
  t.equal(lines.length, 4)
  t.notMatch(lines.join(''), /hunter2/u)
})

t.test('a silent logger writes nothing', async (t) => {
  const { lines, log } = capture('silent')
  log.fatal('nobody hears this')
  t.strictSame(lines, [])
})

t.test('a process whose reader is gone comes to its end', async (t) => {
  const source = `
    import { createLogger } from ${JSON.stringify(new URL('logger.ts', import.meta.url).href)}
    const log = createLogger({ service: 'gateway', instance: 'a', level: 'info' })
    process.on('message', () => {
      for (let line = 0; line < 100; line += 1) log.info({ line }, 'nobody reads this')
      process.exit(0)
    })
    process.send('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  await once(child, 'message')
  child.stdout!.destroy()
  child.send('go on')
  const [code] = (await ended) as [number | null]
  t.equal(code, 0)
})
