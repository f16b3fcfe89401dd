// Goal: whoever is blocked sees which rule says so, with its figures, and how it came to that. Method: real services with
// a policy in force and real traffic.
import t from 'tap'

import { startServices } from '../../test/start-services.ts'

const POLICY = `apiVersion: portcullis.dev/v1
kind: ReleasePolicy
metadata: { name: busy }
spec:
  selector: { services: [shop] }
  rules:
    - type: traffic
      minRequests: 1000
    - type: alarm
      mode: warn
`

t.test('every rule is shown with its figures, and what changed is listed', async (t) => {
  const services = await startServices(t)
  await services.startEscalator()
  await services.startAggregator()
  const applied = await services.cli(['policy', 'apply', '-'], { stdin: POLICY })
  t.equal(applied.exit, 0)
  const explained = await services.cli(['explain', '--service', 'shop'])
  t.equal(explained.exit, 0)
  t.match(explained.out, /^UNDECIDED {2}shop in production$/mu)
  t.match(explained.out, /^busy +traffic +enforce +no_data +- +requests 0/mu)
  t.match(explained.out, /^busy +alarm +warn +PASS +-/mu)
  const json = await services.cli(['explain', '--service', 'shop', '--json'])
  t.match(JSON.parse(json.out), {
    policies: [{ policy: 'busy', rules: [{ rule: 'traffic' }, {}] }],
  })
  const listed = async () => (await services.cli(['verdicts', '--service', 'shop'])).out
  t.equal(await listed(), 'No verdict was recorded yet.\n')
  const other = await services.cli(['explain', '--service', 'other'])
  t.match(other.out, /The default policy decided/u)
  t.match(other.out, /^default +freeze +enforce +PASS +- +freezes 0$/mu)
  await services.pool.query(
    `insert into incidents (service, route, kind, severity, escalation_level)
     values ('other', 'GET /cart', 'error_rate', 'critical', 1)`,
  )
  const all = await services.cli(['explain'])
  t.match(all.out, /^SERVICE +POLICY +RULE/mu)
  t.match(all.out, /^other +default +incident_open +enforce +BLOCKED +GET \/cart/mu)
})
