import t from 'tap'

import { openIncident, type ShownIncident } from './product/incidents.ts'
import { type Product, startProduct } from './product/start-product.ts'
import { askGuard, reasonsOf } from './product/verdicts.ts'

// Goal: an incident blocks a release by its severity, level and age, as the headers say, until
// somebody takes it over. Method: incidents are steered with SQL, as the first system's users did.

async function steer({ database }: Product, { id }: ShownIncident, set: string): Promise<void> {
  const { rowCount } = await database.pool.query(`update incidents set ${set} where id = $1`, [id])
  if (rowCount !== 1) throw new Error(`no incident ${id}`)
}

/** Minutes and a half: no question falls on the edge of a lookback of whole minutes. */
const seen = (minutes: number) => `first_seen = now() - interval '${minutes} minutes 30 seconds'`

const LOOKBACK = 'X-Guard-Lookback-Min'
const LEVEL = 'X-Guard-Min-Esc-Level'
const WARNING = 'X-Guard-Include-Warning'

/** What an incident was made to be, what was asked, and whether it blocks. */
const CASES: readonly (readonly [
  set: string,
  headers: Readonly<Record<string, string>>,
  blocks: boolean,
])[] = [
  [`escalation_level = 0, ${seen(0)}`, {}, false],
  [`escalation_level = 0, ${seen(0)}`, { [LEVEL]: '0' }, true],
  [`escalation_level = 1, ${seen(6)}`, {}, true],
  [`escalation_level = 1, ${seen(6)}`, { [LEVEL]: '2' }, false],
  [`escalation_level = 2, ${seen(6)}`, { [LEVEL]: '2' }, true],
  [`escalation_level = 1, ${seen(6)}`, { [LOOKBACK]: '6' }, false],
  [`escalation_level = 1, ${seen(6)}`, { [LOOKBACK]: '7' }, true],
  [`escalation_level = 1, ${seen(11)}`, {}, false],
  [`escalation_level = 1, ${seen(11)}`, { [LOOKBACK]: '12' }, true],
  [`severity = 'warning', escalation_level = 1, ${seen(6)}`, {}, false],
  [`severity = 'warning', escalation_level = 1, ${seen(6)}`, { [WARNING]: 'true' }, true],
  [`severity = 'warning', escalation_level = 1, ${seen(6)}`, { [WARNING]: 'false' }, false],
  [`severity = 'warning', escalation_level = 0, ${seen(6)}`, { [WARNING]: '1' }, false],
]

t.test('an incident blocks by severity, level and age', async (t) => {
  // Paused: levels are what SQL says, and nothing else raises them.
  const product = await startProduct(t, {
    aggregator: true,
    env: { ESC_PAUSE_CRON: '* * * * *' },
  })
  for (const [set, headers, blocks] of CASES) {
    const incident = await openIncident(product)
    await steer(product, incident, set)
    const name = `${set} ${JSON.stringify(headers)}`
    const { status, body } = await askGuard(product, '', headers)
    t.equal(status, blocks ? 503 : 200, name)
    t.same(reasonsOf(body.violations), blocks ? ['incident_open'] : [], name)
    if (blocks) t.equal(body.violations[0]?.evidence['incident_id'], incident.id, name)
    await steer(product, incident, `status = 'resolved'`)
  }
})

t.test('what blocks is told with the incident, and what is too old is named', async (t) => {
  const product = await startProduct(t, {
    aggregator: true,
    env: { ESC_PAUSE_CRON: '* * * * *' },
  })
  const incident = await openIncident(product, { route: 'POST /pay', kind: 'fraud' })
  await steer(product, incident, `escalation_level = 3, ${seen(6)}`)
  const evidence = {
    incident_id: incident.id,
    incident_key: 'POST /pay::fraud',
    kind: 'fraud',
    severity: 'critical',
    escalation_level: 3,
  }
  const found = (reason: string) => [{ reason, service: 'shop', route: 'POST /pay', evidence }]
  t.match((await askGuard(product)).body.violations, found('incident_open'))
  await steer(product, incident, seen(20))
  const { status, body } = await askGuard(product)
  t.equal(status, 200)
  t.match(
    body.warnings.filter(({ reason }) => reason !== 'no_data'),
    found('incident_outside_lookback'),
  )
  t.same((await askGuard(product, '?service=other')).body.warnings.map(reason), ['no_data'])
})

const reason = (finding: { readonly reason: string }) => finding.reason

t.test('whoever takes an incident over opens the guard, at once', async (t) => {
  const product = await startProduct(t, { aggregator: true, gateways: 2 })
  const incident = await openIncident(product)
  const command = async (name: string) =>
    product.ask({ method: 'POST', url: `/ops/incidents/${incident.id}/${name}` })
  const statuses = async () => {
    const url = '/ops/release-guard'
    const answers = [await product.askGateway(0, { url }), await product.askGateway(1, { url })]
    return answers.map(({ status }) => status)
  }
  t.equal((await command('escalate')).status, 200)
  t.same(await statuses(), [503, 503])
  for (const [taken, given] of [
    ['ack', 'unack'],
    ['resolve', 'reopen'],
  ] as const) {
    t.equal((await command(taken)).status, 200)
    t.same(await statuses(), [200, 200], taken)
    t.equal((await command(given)).status, 200)
    await steer(product, incident, 'escalation_level = 1')
    t.same(await statuses(), [503, 503], given)
  }
  await steer(product, incident, `status = 'acknowledged', acknowledged_by = 'smoke-test'`)
  t.same(await statuses(), [200, 200])
})
