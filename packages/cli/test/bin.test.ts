// What `npx portcullis` runs: pnpm's shim, on the Node that the repository brings with it.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { startReceiver } from '@portcullis/testkit'
import t, { type Test } from 'tap'

const BIN = fileURLToPath(new URL('../../../node_modules/.bin/portcullis', import.meta.url))
/** The account that owns nothing, on every Linux. */
const NOBODY = 65_534

/** Runs the command in a shell whose own `node` is one that nothing runs on. */
function run(t: Test, shellText: string, account: { uid?: number; gid?: number } = {}) {
  const folder = t.testdir({ bin: { node: '#!/bin/sh\necho wrong node; exit 97\n' } })
  spawnSync('chmod', ['-R', 'a+rx', folder])
  const { status, stdout, stderr } = spawnSync('sh', ['-c', shellText], {
    cwd: '/',
    env: { PATH: `${folder}/bin:/usr/bin:/bin`, PORTCULLIS: BIN, NO_COLOR: '1' },
    encoding: 'utf8',
    ...account,
  })
  return { status, stdout, stderr }
}

t.test('the command runs on its own Node, whatever Node the machine has', async (t) => {
  const { status, stdout, stderr } = run(t, '"$PORTCULLIS" --version')
  t.strictSame({ status, stdout, stderr }, { status: 0, stdout: '0.1.0\n', stderr: '' })
})

t.test('an ordinary user can run it', async (t) => {
  const isRoot = process.getuid?.() === 0
  const account = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  t.match(run(t, '"$PORTCULLIS" config', account), { status: 0, stdout: /^HOST +127\.0\.0\.1/mu })
})

t.test('the process ends with the exit code of its command', async (t) => {
  t.match(run(t, '"$PORTCULLIS" gaurd'), { status: 2, stdout: '' })
  t.match(run(t, 'DATABASE_URL=postgres://p@127.0.0.1:1/p "$PORTCULLIS" verify'), { status: 4 })
})

t.test('a reader that has seen enough is no failure', async (t) => {
  const { status, stdout, stderr } = run(t, '"$PORTCULLIS" config | head -n 1')
  t.strictSame({ status, stderr }, { status: 0, stderr: '' })
  t.match(stdout, /^SETTING/u)
})

t.test('the guard ends with its answer, and does not wait for its connection', async (t) => {
  const receiver = await startReceiver(t, () => ({
    status: 404,
    headers: { 'keep-alive': 'timeout=72' },
    body: '{}',
  }))
  const begin = performance.now()
  // Not in the way of `run`: the receiver answers in this process.
  const child = spawn(BIN, ['guard'], {
    env: { PATH: '/usr/bin:/bin', PORTCULLIS_URL: receiver.url },
  })
  const [status] = await once(child, 'close')
  t.equal(status, 4)
  t.ok(performance.now() - begin < 30_000, 'the gateway keeps its side open for longer')
})
