// Goal: docs/slo-formats.md shows what the commands do. Method: its files are written into a folder and its console blocks run
// there; TAP_SNAPSHOT=1 writes what came out into the page.
import { readFileSync, writeFileSync } from 'node:fs'

import { DEFAULT_EXPORT, LABELS } from '@portcullis/slo-formats'
import t from 'tap'

import { callCli } from './call-cli.ts'

const PAGE = new URL('../../../docs/slo-formats.md', import.meta.url)
const page = readFileSync(PAGE, 'utf8')

const FILES = [...page.matchAll(/^```yaml\n# (\S+\.yaml)\n(.*?)^```$/gmsu)].map(
  ([, name, body]) => [name!, `# ${name}\n${body}`] as const,
)

/** Runs a console block line by line, and returns it as it should be shown. */
async function run(block: string, folder: string): Promise<string> {
  const lines = block.split('\n').filter((line) => line.startsWith('$ '))
  let exit = 0
  const shown: string[] = []
  for (const line of lines) {
    const [program, ...words] = line.slice(2).split(' ')
    shown.push(`${line}\n`)
    if (program === 'echo') shown.push(`${exit}\n`)
    else if (program === 'cat') shown.push(readFileSync(`${folder}/${words[0]}`, 'utf8'))
    else {
      const [, ...argv] = words
      const into = argv.at(-2) === '>' ? argv.splice(-2)[1] : undefined
      const paths = argv.map((word) => (word.endsWith('.yaml') ? `${folder}/${word}` : word))
      const answer = await callCli(paths)
      exit = answer.exit
      if (into === undefined) shown.push(answer.out)
      else writeFileSync(`${folder}/${into}`, answer.out)
      shown.push(answer.err)
    }
  }
  return shown.join('').replaceAll(`${folder}/`, '')
}

t.test('what the page shows is what the commands print', async (t) => {
  const folder = t.testdir(Object.fromEntries(FILES))
  const parts = page.split(/(?<=^```console\n)(.*?)(?=^```$)/msu)
  t.ok(parts.length >= 5)
  const printed: string[] = []
  for (const part of parts) printed.push(part.startsWith('$ ') ? await run(part, folder) : part)
  if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(PAGE, printed.join(''))
  else t.equal(printed.join(''), page)
  const rules = readFileSync(`${folder}/rules.yaml`, 'utf8').split('\n')
  const [, excerpt] = /^```yaml\n# rules\.yaml, in part\n(.*?)^```$/msu.exec(page)!
  const lines = excerpt!.trimEnd().split('\n')
  t.ok(lines.length >= 6)
  for (const line of lines)
    t.ok(
      rules.some((one) => one.trim() === line.trim()),
      line,
    )
})

t.test('the defaults of the export are on the page', async (t) => {
  for (const label of [...Object.values(DEFAULT_EXPORT.labels), DEFAULT_EXPORT.metric]) {
    t.match(page, `\`${label}\``)
  }
  t.match(page, `\`${DEFAULT_EXPORT.bucketsSeconds.join(',')}\``)
})

t.test('the labels that the importer knows are on the page', async (t) => {
  for (const [meaning, labels] of Object.entries(LABELS)) {
    const [, told] = new RegExp(`^\\| \`${meaning}\` +\\| (.*?) +\\|`, 'mu').exec(page)!
    t.equal(told, labels.map((label) => `\`${label}\``).join(', '))
  }
})
