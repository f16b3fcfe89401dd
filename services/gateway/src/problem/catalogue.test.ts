import { readFileSync, writeFileSync } from 'node:fs'

import { problems } from '@portcullis/contracts'
import t from 'tap'

import { problemsMarkdown } from './catalogue.ts'

const PAGE = new URL('../../../../docs/problems.md', import.meta.url)

t.test('docs/problems.md lists the catalogue (TAP_SNAPSHOT=1 renews it)', async (t) => {
  if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(PAGE, problemsMarkdown())
  t.equal(readFileSync(PAGE, 'utf8'), problemsMarkdown())
})

t.test(
  'every problem has a code in capitals, a title without a stop and a fix in sentences',
  async (t) => {
    for (const [code, { title, fix, status }] of Object.entries(problems)) {
      t.match(code, /^[A-Z][A-Z_]+$/u)
      t.match(title, /^[A-Z].*[^.]$/u, code)
      t.match(fix, /^[A-Z].*\.$/u, code)
      t.ok(status >= 400 && status < 600, code)
    }
  },
)
