// Goal: docs/policies.md shows files that are what it says of them. Method: its files are written into a folder, its
// console blocks are run there, and what is printed must be what is shown.
import { readFileSync } from 'node:fs'

import { Rule } from '@portcullis/contracts'
import t from 'tap'

import { callCli } from './call-cli.ts'

const page = readFileSync(new URL('../../../docs/policies.md', import.meta.url), 'utf8')

/** Returns the yaml blocks that begin with the name of their file. */
function filesOf(text: string): Record<string, string> {
  const blocks = text.matchAll(/^```yaml\n# (\S+\.yaml)\n(.*?)^```$/gmsu)
  return Object.fromEntries(
    [...blocks].map(([, name, body]) => [name!, `# ${name}\n${body}`] as const),
  )
}

t.test('what the page shows is what the command prints', async (t) => {
  const folder = t.testdir(filesOf(page))
  const blocks = [
    ...page.matchAll(/^```console\n\$ npx portcullis policy (lint|test) (.+?)\n(.*?)^```$/gmsu),
  ]
  t.ok(blocks.length >= 3)
  for (const [, verb, names, shown] of blocks) {
    const paths = names!.split(' ').map((name) => `${folder}/${name}`)
    const { out } = await callCli(['policy', verb!, ...paths])
    t.equal(out.replaceAll(`${folder}/`, ''), shown)
  }
})

t.test('every file that is not shown to be broken is good', async (t) => {
  const { 'broken.yaml': _broken, ...good } = filesOf(page)
  t.ok(Object.keys(good).length >= 2)
  const { exit, out } = await callCli(['policy', 'lint', t.testdir(good)])
  t.equal(exit, 0, out)
})

t.test('every type of rule is in the table', async (t) => {
  for (const { shape } of Rule.options) {
    const { value: type } = shape.type
    t.match(page, new RegExp(`^\\| \`${type}\` +\\|`, 'mu'), type)
  }
})
