import path from 'node:path'

import t from 'tap'

import { callCli } from '../../test/call-cli.ts'

const SLO = `apiVersion: portcullis.dev/v1
kind: Slo
metadata: { name: availability }
spec: { service: checkout, objective: 90% }
`
const POLICY = `apiVersion: portcullis.dev/v1
kind: ReleasePolicy
metadata: { name: checkout }
spec:
  rules:
    - type: burn_rate
      slo: availability
      windows: [page_slow]
`

t.test('files, and those in folders, are checked together', async (t) => {
  const folder = t.testdir({
    'slo.yaml': SLO,
    deep: { 'policy.yml': POLICY, 'notes.txt': 'not a policy' },
  })
  const all = await callCli(['policy', 'lint', folder])
  t.strictSame([all.exit, all.out], [0, 'Nothing is wrong in 2 documents.\n'])
  const both = await callCli([
    'policy',
    'lint',
    path.join(folder, 'slo.yaml'),
    path.join(folder, 'deep'),
  ])
  t.equal(both.exit, 0)
  const alone = await callCli(['policy', 'lint', path.join(folder, 'deep')])
  t.equal(alone.exit, 1)
  t.match(alone.out, /policy\.yml:7:12 spec\.rules\[0\]\.slo is no objective that is known/u)
})

t.test('what is wrong is told with its place, and for programs', async (t) => {
  const text = POLICY.replace('page_slow', 'page_quick')
  const folder = t.testdir({ 'all.yaml': `${SLO}---\n${text}` })
  const people = await callCli(['policy', 'lint', folder])
  t.equal(people.exit, 1)
  t.match(
    people.out,
    /all\.yaml:13:17 spec\.rules\[0\]\.windows\[0\] can never fire: it needs a burn rate above 13\.44/u,
  )
  t.match(people.out, /^1 fault\.$/mu)
  const programs = await callCli(['policy', 'lint', folder, '--json'])
  t.match(JSON.parse(programs.out), {
    documents: 2,
    faults: [{ line: 13, column: 17, path: 'spec.rules[0].windows[0]' }],
  })
})

t.test('what cannot be read is a wrong call, and nothing is no success', async (t) => {
  const folder = t.testdir({ 'bytes.yaml': Buffer.from([0xff, 0xfe, 0x00]), empty: {} })
  for (const name of ['nowhere.yaml', 'bytes.yaml']) {
    const { exit, err } = await callCli(['policy', 'lint', path.join(folder, name)])
    t.equal(exit, 2)
    t.match(err, `${name} cannot be read`)
  }
  t.equal((await callCli(['policy', 'lint'])).exit, 2)
  t.equal((await callCli(['policy', 'lint', path.join(folder, 'empty')])).exit, 1)
})

t.test('the schema is printed', async (t) => {
  const { exit, out } = await callCli(['policy', 'schema'])
  t.equal(exit, 0)
  t.match(JSON.parse(out), { $schema: 'https://json-schema.org/draft/2020-12/schema' })
})
