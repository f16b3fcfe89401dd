// What a shell sees of a command that is interrupted: a process of its own is sent the signals.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

import t from 'tap'

const MODULE = new URL('before-end.ts', import.meta.url).href

/** Runs `script` until it says that it is ready, sends the signal, and tells how it ended. */
async function endedBy(signal: NodeJS.Signals, script: string) {
  const code = `import { beforeEnd } from '${MODULE}'; ${script}; console.log('ready')`
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `${code}; await new Promise(() => setInterval(() => {}, 1_000))`,
  ])
  const said = text(child.stderr)
  await once(child.stdout, 'data')
  child.kill(signal)
  const [exit, by] = await once(child, 'exit')
  return { exit, by, said: await said }
}

const SAY = `beforeEnd(() => process.stderr.write('ending'))`

t.test('the work is done, and the process dies of its signal', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    t.strictSame(await endedBy(signal, SAY), { exit: null, by: signal, said: 'ending' })
  }
})

t.test('what was taken back is not done', async (t) => {
  const ended = await endedBy('SIGINT', `const stop = ${SAY}; stop()`)
  t.strictSame(ended, { exit: null, by: 'SIGINT', said: '' })
})
