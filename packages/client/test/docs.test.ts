// Goal: what docs/client.md says is so. Method: its programs are run as they stand there, but for the
// port, against the package as it is published; its tables are compared with the source.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import t from 'tap'

import { DROP_REASONS } from '../src/losses.ts'
import { installInEmptyProject, PACKAGE } from './installed-project.ts'
import { startReceiver } from './receiver.ts'

const page = readFileSync(join(PACKAGE, '../../docs/client.md'), 'utf8')
const programs = [...page.matchAll(/^## ([^\n]*)\n[^#]*?^```js\n(.*?)^```/gmsu)]

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Asks until the server answers; the test's own time limit bounds it. */
async function answerOf(url: string): Promise<number> {
  for (;;) {
    try {
      const response = await fetch(url, { headers: { Connection: 'close' } })
      await response.text()
      return response.status
    } catch {
      // The server does not listen yet: there is nothing else to wait on.
    }
  }
}

t.test('every program of the page counts a request and sends it at SIGTERM', async (t) => {
  const project = await installInEmptyProject(t, ['express', 'fastify'])
  t.same(
    programs.map(([, title]) => title),
    ['Fastify', 'node:http', 'Express'],
  )
  for (const [, title = '', program = ''] of programs) {
    const receiver = await startReceiver(t)
    const port = await freePort()
    const file = join(project, `program-${port}.mjs`)
    writeFileSync(file, program.replaceAll('8080', String(port)))
    const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, file], {
      env: { ...process.env, PORTCULLIS_URL: receiver.url, PORTCULLIS_TOKEN: 'secret' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    const exit = once(child, 'exit')
    const stderr = text(child.stderr)
    t.equal(await answerOf(`http://localhost:${port}/projects/1`), 200, title)
    child.kill('SIGTERM')
    t.same([await exit, await stderr], [[0, null], ''], title)
    t.same(receiver.countsByRoute(), { 'GET /projects/:id': 1 }, title)
    t.match(receiver.received[0]?.header, { service: 'shop', version: '1.4.2' }, title)
  }
})

t.test('the table of options has all of them, and no other', async (t) => {
  const source = readFileSync(join(PACKAGE, 'src/settings.ts'), 'utf8')
  const declared = /interface ClientOptions \{(.*?)^\}/msu.exec(source)?.[1] ?? ''
  const options = [...declared.matchAll(/^ +readonly (\w+)/gmu)].map(([, name]) => name)
  const [, table = ''] = /^## Options\n(.*?)^## /msu.exec(page) ?? []
  t.same(
    [...table.matchAll(/^\| `(\w+)`/gmu)].map(([, name]) => name),
    options,
  )
})

t.test('the table of reasons has all of them, and no other', async (t) => {
  const [, table = ''] = /^\| reason +\|(.*?)^\n/msu.exec(page) ?? []
  const named = [...table.matchAll(/^\| (`.*?`) +\|/gmu)].flatMap(([, cell = '']) =>
    cell.split(', '),
  )
  t.same(
    named.map((name) => name.replaceAll('`', '')),
    DROP_REASONS,
  )
})
