// Goal: `npm run demo` tells its story, and leaves nothing behind. Method: it is run as a user runs it
// in a pipe, in the short form; its lines are held to the order in which things must happen. Then it
// is interrupted in the middle.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import path from 'node:path'

import { makeTemporaryFolder, waitFor } from '@portcullis/testkit'
import t from 'tap'

t.setTimeout(600_000)

const ROOT = path.join(import.meta.dirname, '..', '..')

interface Demo {
  readonly child: ChildProcess
  readonly ended: Promise<unknown[]>
  /** Where its temporary folder is made. */
  readonly folder: string
  printed(): string
}

async function startDemo(): Promise<Demo> {
  const folder = await makeTemporaryFolder()
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, ['demo/src/main.ts', '--fast'], {
    cwd: ROOT,
    env: { PATH, HOME, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  }
  t.teardown(() => child.kill('SIGKILL'))
  return { child, folder, ended: once(child, 'exit'), printed: () => printed }
}

t.test(
  'the gate comes down with its reason, stays down until the repair, and goes up',
  async (t) => {
    const demo = await startDemo()
    const [code] = await demo.ended
    const text = demo.printed()
    t.equal(code, 0, text)
    let place = 0
    for (const line of [
      'portcullis  is up: http://127.0.0.1:',
      'shop        opens: ',
      'samples     POST /payments: ',
      'none failed',
      'PASS  all services in production',
      'exit code 0',
      'release     payments 2.1.0 goes out',
      'alarm       payments POST /payments error_rate: raised',
      'guard       the gate comes down: fail, because of ',
      'BLOCKED  all services in production',
      'requests failed in the last minute',
      'exit code 1',
      'on-call     takes over',
      'acknowledged by',
      'release     payments 2.0.3 comes back',
      'guard       the gate is up: pass',
      'PASS  all services in production',
      'exit code 0',
      'incident.acknowledged',
      '(http)  "Payments 2.1.0 fails: rolling back."',
    ]) {
      const found = text.indexOf(line, place)
      t.ok(found >= place, `"${line}" is told, in its order`)
      place = Math.max(place, found)
    }
    // What one look finds together is told by kind, so these have no order among the lines above.
    t.match(text, /incident {4}POST \/payments::\S+: escalated to level 1/u)
    t.match(text, /guard .*because of .*error_rate_critical/u)
    t.match(text, /pager {7}rings: incident\.opened, POST \/payments::/u)
    t.match(text, /pager {7}rings: incident\.escalated, POST \/payments::/u)
    t.notMatch(text, '\u001b', 'a pipe gets no colours')
    t.strictSame(await readdir(demo.folder), [], 'nothing is left behind')
  },
)

t.test('Ctrl-C ends all that was started', async (t) => {
  const demo = await startDemo()
  await waitFor(() => demo.printed().includes('customers a second come in'), {
    what: 'the shop',
    timeoutMs: 180_000,
  })
  const [, port] = /http:\/\/127\.0\.0\.1:(\d+)/u.exec(demo.printed()) ?? []
  // Twice, as a terminal and npm do.
  demo.child.kill('SIGINT')
  demo.child.kill('SIGINT')
  const [code] = await demo.ended
  t.equal(code, 130, 'as shells report it')
  t.strictSame(await readdir(demo.folder), [], 'nothing is left behind')
  await t.rejects(fetch(`http://127.0.0.1:${port}/ops/live`), 'the gateway is gone')
})
