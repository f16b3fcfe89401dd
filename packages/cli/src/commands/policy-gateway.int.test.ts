// Goal: `policy diff` and `policy apply` say to people and to programs what would change, and what is wrong. Method: a real
// gateway with an escalator that puts documents in force.
import t from 'tap'

import { startServices } from '../../test/start-services.ts'

const POLICY = `apiVersion: portcullis.dev/v1
kind: ReleasePolicy
metadata: { name: busy }
spec:
  rules:
    - type: traffic
      minRequests: 1000
`

t.test('policies are compared with what is in force', async (t) => {
  const { cli, startEscalator } = await startServices(t)
  await startEscalator()

  await t.test('what is not there yet is all new', async (t) => {
    const { exit, out } = await cli(['policy', 'diff', '-'], { stdin: POLICY })
    t.equal(exit, 1)
    t.match(out, /^--- nothing\tin force\n\+\+\+ ReleasePolicy\/busy\tfiles\n/u)
  })

  await t.test('what does not fit is told at its place, and to programs', async (t) => {
    const stdin = POLICY.replace('type: traffic', 'type: burn_rate').replace(
      'minRequests: 1000',
      'slo: gone',
    )
    const told = async (...argv: string[]) => cli(['policy', ...argv, '-'], { stdin })
    for (const command of ['diff', 'apply']) {
      const people = await told(command)
      t.equal(people.exit, 1)
      t.match(people.out, /^standard input:7:12 spec\.rules\[0\]\.slo .*\n1 fault\.\n$/u)
      const programs = await told(command, '--json')
      t.equal(programs.exit, 1)
      t.match(JSON.parse(programs.out), {
        faults: [{ file: 'standard input', line: 7, column: 12, path: 'spec.rules[0].slo' }],
      })
    }
  })
})
