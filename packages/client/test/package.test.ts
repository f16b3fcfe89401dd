// Goal: what is published works for those who install it. Method: the package is built, installed in
// an empty project, and used from there: loaded both ways, and compiled against with every check on.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import t, { type Test } from 'tap'

import { installInEmptyProject, node, readManifest } from './installed-project.ts'
import { startReceiver } from './receiver.ts'

const tsc = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin/tsc')
const project = await installInEmptyProject(t, ['@types/node', 'fastify'])

/** Runs a whole use of the client; returns what it printed. */
async function useOf(t: Test, load: string, inputType: string): Promise<string> {
  const receiver = await startReceiver(t)
  const program = `${load}
    async function main() {
      const client = createClient({ url: '${receiver.url}', token: 'secret', service: 'shop' })
      client.record('GET', '/a', 200, 12.5)
      await client.close()
      console.log(client.stats().accepted, typeof fastifyPlugin, typeof instrument)
    }
    main()`
  return node([`--input-type=${inputType}`, '--eval', program], project)
}

t.test('it can be imported', async (t) => {
  const load = "import { createClient, fastifyPlugin, instrument } from '@portcullis/client'"
  t.equal(await useOf(t, load, 'module'), '1 function function')
})

t.test('it can be required', async (t) => {
  const load = "const { createClient, fastifyPlugin, instrument } = require('@portcullis/client')"
  t.equal(await useOf(t, load, 'commonjs'), '1 function function')
})

t.test('it needs nothing at run time', async (t) => {
  const manifest = readManifest()
  for (const key of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
    t.equal(manifest[key], undefined, key)
  }
})

t.test('its types hold in both kinds of module, with every check on', async (t) => {
  const source = `
    import { createClient, fastifyPlugin } from '@portcullis/client'
    import Fastify from 'fastify'
    const client = createClient({ url: 'http://127.0.0.1', token: 'secret', service: 'shop' })
    client.record('GET', '/a', 200, 1)
    const accepted: number = client.stats().accepted
    // @ts-expect-error -- a status is a number
    client.record('GET', '/a', '200', accepted)
    export async function start(): Promise<void> {
      const app = Fastify()
      await app.register(fastifyPlugin, { client })
    }`
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    noEmit: true,
    types: ['node'],
  }
  const files = ['use.mts', 'use.cts']
  for (const file of files) writeFileSync(join(project, file), source)
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  t.equal(await node([tsc, '-p', project], project), '')
})
