import { readFile } from 'node:fs/promises'
import path from 'node:path'

import t from 'tap'

import { type RequirementName, REQUIREMENTS } from './requirements.ts'
import { parseNeeds, selectTestFiles } from './select-test-files.ts'

/** This folder, whose files name all requirements and have none. */
const RUNNER = path.relative('', import.meta.dirname)

t.test('what a test file needs is in its first line', async (t) => {
  t.same(parseNeeds('// needs: jq, psql\nimport', 'x'), ['jq', 'psql'])
  t.same(parseNeeds('import\n// needs: jq', 'x'), [])
  t.throws(() => parseNeeds('// needs: emacs', 'x'), { message: /x needs "emacs"/ })
})

t.test('a file, a folder and a part of a path select test files', async (t) => {
  const self = path.relative('', import.meta.filename)
  const pathsOf = async (...patterns: string[]): Promise<string[]> =>
    (await selectTestFiles(patterns)).map((file) => file.path)
  t.same(await pathsOf(self), [self])
  t.same(await pathsOf(import.meta.filename), [self])
  t.ok((await pathsOf('scripts/')).includes(self))
  t.same(await pathsOf('select-test'), [self])
  t.ok((await pathsOf()).length > (await pathsOf('scripts/')).length)
  await t.rejects(selectTestFiles(['no-such-test']), { message: /contains "no-such-test"/ })
})

t.test('every test file declares what it needs', async (t) => {
  const requirements = Object.entries(REQUIREMENTS) as [RequirementName, { traces: RegExp }][]
  const undeclared: string[] = []
  for (const file of await selectTestFiles([])) {
    if (file.path.startsWith(RUNNER)) continue
    const text = await readFile(file.path, 'utf8')
    for (const [name, { traces }] of requirements) {
      if (!traces.test(text) || file.needs.includes(name)) continue
      undeclared.push(`${file.path} must begin with \`// needs: ${name}\``)
    }
  }
  t.same(undeclared, [])
})
