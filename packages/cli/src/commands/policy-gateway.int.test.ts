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
})
