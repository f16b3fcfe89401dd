import { readFile } from 'node:fs/promises'

import { INCIDENT_REJECTIONS } from '@portcullis/domain'
import t from 'tap'

import { problemBody } from '../problem/problem.ts'
import { problemOfRejection } from './rejection.ts'

const PAGE = new URL('../../../../docs/incidents.md', import.meta.url)

t.test('docs/incidents.md lists every reason of a refusal with its answer', async (t) => {
  const page = await readFile(PAGE, 'utf8')
  const rows = page.matchAll(/^\| `(?<reason>[a-z_]+)` +\| (?<answer>\d{3} `[A-Z_]+`)/gmu)
  const listed = [...rows].map(({ groups }) => [groups!['reason'], groups!['answer']])
  const known = INCIDENT_REJECTIONS.map((reason) => {
    const { status, code } = problemBody(problemOfRejection(reason, null), 'id')
    return [reason, `${status} \`${code}\``]
  })
  t.same(listed, known)
})
