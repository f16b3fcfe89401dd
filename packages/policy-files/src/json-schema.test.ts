import { readFile } from 'node:fs/promises'

import t from 'tap'

import { policyJsonSchema } from './json-schema.ts'

const PUBLISHED = new URL('../../../docs/policy.schema.json', import.meta.url)

t.test('the published schema is the one that files are read by', async (t) => {
  const published: unknown = JSON.parse(await readFile(PUBLISHED, 'utf8'))
  t.strictSame(published, JSON.parse(JSON.stringify(policyJsonSchema())))
})

t.test('every kind of document and every type of rule is in it', async (t) => {
  const text = JSON.stringify(policyJsonSchema())
  for (const word of ['ReleasePolicy', 'Slo', 'Freeze', 'error_rate', 'canary', 'approval']) {
    t.match(text, `"const":"${word}"`)
  }
})
