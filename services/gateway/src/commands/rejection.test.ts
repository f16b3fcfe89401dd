import { readFile } from 'node:fs/promises'

import {
  FREEZE_REJECTIONS,
  INCIDENT_REJECTIONS,
  RELEASE_REJECTIONS,
  WAIVER_REJECTIONS,
} from '@portcullis/domain'
import t from 'tap'

import { type Problem, problemBody } from '../problem/problem.ts'
import {
  problemOfPolicyRefusal,
  problemOfRejection,
  problemOfReleaseRejection,
  problemOfWaiverRejection,
} from './rejection.ts'

const DOCS = new URL('../../../../docs/', import.meta.url)

/** The reasons in a page's table, each with its answer. */
async function listedIn(page: string): Promise<string[][]> {
  const text = await readFile(new URL(page, DOCS), 'utf8')
  const rows = text.matchAll(/^\| `(?<reason>[a-z_]+)` +\| (?<answer>\d{3} `[A-Z_]+`)/gmu)
  return [...rows].map(({ groups }) => [groups!['reason']!, groups!['answer']!])
}

function answerTo(problem: Problem): string {
  const { status, code } = problemBody(problem, 'id')
  return `${status} \`${code}\``
}

t.test('docs/incidents.md lists every reason of a refusal with its answer', async (t) => {
  const known = INCIDENT_REJECTIONS.map((one) => [one, answerTo(problemOfRejection(one, null))])
  t.same(await listedIn('incidents.md'), known)
})

t.test('docs/releases.md lists every reason of a refusal with its answer', async (t) => {
  const known = RELEASE_REJECTIONS.map((one) => [
    one,
    answerTo(problemOfReleaseRejection(one, null)),
  ])
  t.same(await listedIn('releases.md'), known)
})

t.test('docs/freezes-and-waivers.md does so as well', async (t) => {
  const waivers = WAIVER_REJECTIONS.map((reason) => {
    return [reason, answerTo(problemOfWaiverRejection(reason, null))]
  })
  const freezes = FREEZE_REJECTIONS.map((reason) => {
    return [reason, answerTo(problemOfPolicyRefusal({ reason }))]
  })
  t.same(await listedIn('freezes-and-waivers.md'), [...waivers, ...freezes])
})
