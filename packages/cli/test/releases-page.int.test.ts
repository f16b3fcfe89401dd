// Goal: docs/releases.md shows what really happens to releases. Method: its console blocks are run, in their order,
// against services; TAP_SNAPSHOT=1 writes what came out into the page. Times and ids are not compared.
import { readFileSync, writeFileSync } from 'node:fs'

import t from 'tap'

import { comparable } from './comparable.ts'
import { parseShellLine } from './shell-line.ts'
import { type RunningServices, startServices } from './start-services.ts'

const PAGE = new URL('../../../docs/releases.md', import.meta.url)
const page = readFileSync(PAGE, 'utf8')

t.test('what the page shows is what the commands print', async (t) => {
  const services = await startServices(t)
  await services.startEscalator()
  const shown: string[] = []
  for (const part of page.split(/^(```console\n.*?^```\n)/msu)) {
    shown.push(part.startsWith('```console\n') ? await runBlock(services, part) : part)
  }
  const printed = shown.join('')
  if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(PAGE, printed)
  else t.equal(comparable(printed), comparable(page))
})

async function runBlock({ cli }: RunningServices, block: string): Promise<string> {
  const printed: string[] = []
  for (const line of block.split('\n').filter((one) => one.startsWith('$ '))) {
    const parsed = parseShellLine(line.slice(2))
    if (parsed.kind !== 'portcullis') throw new Error(`${line} is none of this page's commands`)
    const { exit, out, err } = await cli(parsed.argv, { env: parsed.env })
    if (exit !== 0) throw new Error(`${line} ends with ${exit}: ${err}`)
    printed.push(`${line}\n${err}${out}`)
  }
  return `\`\`\`console\n${printed.join('')}\`\`\`\n`
}
