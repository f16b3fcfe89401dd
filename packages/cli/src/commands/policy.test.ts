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

t.test('a freeze that could never work is told at its place', async (t) => {
  const folder = t.testdir({
    'freeze.yaml': `apiVersion: portcullis.dev/v1
kind: Freeze
metadata: { name: nights }
spec:
  reason: Nobody is awake.
  schedule:
    rrule: FREQ=DAILY;BYHOUR=25
    duration: 8h
    timeZone: Europe/Berln
`,
  })
  const { exit, out } = await callCli(['policy', 'lint', folder])
  t.equal(exit, 1)
  t.match(out, /freeze\.yaml:7:12 spec\.schedule\.rrule has a BYHOUR that does not list numbers/u)
  t.match(out, /freeze\.yaml:9:15 spec\.schedule\.timeZone is no time zone that is known here/u)
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

const CASES = `apiVersion: portcullis.dev/v1
kind: PolicyTest
metadata: { name: errors }
spec:
  policy: errors
  cases:
    - name: a few errors pass
      given: { service: checkout, traffic: [{ perSecond: 20, errors: 0.5% }] }
      expect: { outcome: pass }
    - name: many block
      given: { service: checkout, traffic: [{ perSecond: 20, errors: 5% }] }
      expect: { outcome: fail, pass: false, rules: { error-rate: fail } }
---
apiVersion: portcullis.dev/v1
kind: ReleasePolicy
metadata: { name: errors }
spec:
  rules:
    - type: error_rate
      max: 1%
`

t.test('cases are run, and what comes out otherwise is told with its reason', async (t) => {
  const folder = t.testdir({
    'good.yaml': CASES,
    'bad.yaml': CASES.replace('max: 1%', 'max: 0.1%'),
  })
  const good = await callCli(['policy', 'test', path.join(folder, 'good.yaml')])
  t.strictSame(
    [good.exit, good.out],
    [0, 'ok errors: a few errors pass\nok errors: many block\n2 cases, 0 failed.\n'],
  )
  const bad = await callCli(['policy', 'test', path.join(folder, 'bad.yaml')])
  t.equal(bad.exit, 1)
  t.equal(
    bad.out,
    [
      'not ok errors: a few errors pass',
      '  outcome is fail, and pass was expected',
      '  error-rate (GET /) needs at most 0.1 % errors: it is 0.5 %',
      'ok errors: many block',
      '2 cases, 1 failed.',
      '',
    ].join('\n'),
  )
  const { out } = await callCli(['policy', 'test', path.join(folder, 'bad.yaml'), '--json'])
  t.match(JSON.parse(out), {
    tests: [{ policy: 'errors', cases: [{ surprises: [{ what: 'outcome' }] }, { surprises: [] }] }],
  })
})

t.test('cases of a policy that is not there, or of none, are no success', async (t) => {
  const [cases] = CASES.split('---\n')
  const folder = t.testdir({ 'cases.yaml': cases!, 'none.yaml': CASES.split('---\n')[1]! })
  const lost = await callCli(['policy', 'test', path.join(folder, 'cases.yaml')])
  t.equal(lost.exit, 1)
  t.match(lost.out, /cases\.yaml:5:11 spec\.policy is no policy that is known/u)
  const none = await callCli(['policy', 'test', path.join(folder, 'none.yaml')])
  t.strictSame([none.exit, none.out], [1, 'There is no PolicyTest to run.\n'])
})

t.test('what stops `policy diff` and `policy apply` is told to programs as well', async (t) => {
  const folder = t.testdir({
    'faulty.yaml': POLICY.replace('windows: [page_slow]', 'windows: 1'),
    'surprised.yaml': CASES.replace('max: 1%', 'max: 0.1%'),
    empty: {},
  })
  const told = async (command: string, file: string) => {
    const { exit, out } = await callCli(['policy', command, path.join(folder, file), '--json'])
    return [exit, JSON.parse(out)]
  }
  for (const command of ['diff', 'apply']) {
    const faults = [{ line: 8, path: 'spec.rules[0].windows' }]
    t.match(await told(command, 'faulty.yaml'), [1, { faults }], command)
    t.strictSame(await told(command, 'empty'), [1, { changes: [] }], command)
  }
  t.match(await told('apply', 'surprised.yaml'), [
    1,
    { tests: [{ policy: 'errors', cases: [{ surprises: [{ what: 'outcome' }] }, {}] }] },
  ])
})

t.test('the schema is printed', async (t) => {
  const { exit, out } = await callCli(['policy', 'schema'])
  t.equal(exit, 0)
  t.match(JSON.parse(out), { $schema: 'https://json-schema.org/draft/2020-12/schema' })
})
