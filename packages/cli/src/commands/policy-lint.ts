import { lintPolicy } from '@portcullis/domain'
import {
  pathText,
  type PolicyFault,
  type ReadDocument,
  readPolicyFiles,
} from '@portcullis/policy-files'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { readPolicyTexts } from '../files/read-policy-texts.ts'
import { countText } from '../terminal/count.ts'

export const policyLint = defineCommand({
  name: 'policy lint',
  summary: 'check policy files',
  details:
    'Reads the files, and of folders every .yaml and .yml in them; - is standard input. Says all that is wrong, with\n' +
    'its line and column, also of rules that are well written and could never do what they say.\n' +
    'Exits with 1 where something is wrong. It needs neither a database nor a gateway.',
  arguments: [{ name: 'PATH', description: 'a file, a folder, or -', many: true }],
  options: { json: JSON_OPTION },
  examples: ['policies/', 'checkout.yaml slos.yaml', '- < checkout.yaml'],
  run: async (cli, { json }, paths) => {
    const { documents, faults } = readPolicyFiles(await readPolicyTexts(cli, paths))
    const all = [...faults, ...lintDocuments(documents)].toSorted(inOrder)
    if (json) cli.terminal.json({ documents: documents.length, faults: all })
    else print(cli, documents.length, all)
    return all.length === 0 && documents.length > 0 ? EXIT.ok : EXIT.no
  },
})

/** Returns what could never work in the policies, each in its place. */
function lintDocuments(documents: readonly ReadDocument[]): PolicyFault[] {
  const slos = documents.flatMap(({ document }) => (document.kind === 'Slo' ? [document] : []))
  return documents.flatMap(({ document, file, at }) => {
    if (document.kind !== 'ReleasePolicy') return []
    return lintPolicy(document, slos).map(({ path, message }) => ({
      file,
      ...at(path),
      path: pathText(path),
      message,
    }))
  })
}

function inOrder(a: PolicyFault, b: PolicyFault): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.column - b.column
}

function print({ terminal }: Cli, documents: number, faults: readonly PolicyFault[]): void {
  const { paint } = terminal
  for (const { file, line, column, path, message } of faults) {
    const place = paint.strong(`${file}:${line}:${column}`)
    terminal.line(`${place} ${path === '' ? '' : `${path} `}${message}`)
  }
  if (faults.length > 0) terminal.line(`${countText(faults.length, 'fault')}.`)
  else if (documents === 0) terminal.line('There is no document to check.')
  else terminal.line(`${paint.good('Nothing is wrong')} in ${countText(documents, 'document')}.`)
}
