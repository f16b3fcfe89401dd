// Goal: a backtest says what the guard would have said. Method: two hours of traffic of two services on a
// clock of the test's own, with trouble, late batches, releases and incidents; then policies that were
// never in force are tried on them, and every verdict is compared with one that is computed for its instant
// alone, from what was known then.
import {
  DAY_MS,
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type EpochMs,
  HOUR_MS,
  MINUTE_MS,
  plusMs,
  type PolicyVersion,
  SECOND_MS,
  type ServiceName,
} from '@portcullis/contracts'
import {
  type AppliedPolicies,
  appliedPolicyOf,
  DEFAULT_ALARM_RULES,
  DEFAULT_SLO_SETTINGS,
  guardParametersFrom,
  policyKeyOf,
  Track,
  verdict,
} from '@portcullis/domain'
import { backtest, pastView, routeJudgementOf, verdictInputs } from '@portcullis/projections'
import { shardOf } from '@portcullis/queues'
import { readConfig } from '@portcullis/runtime'
import type { Pool } from 'pg'
import t from 'tap'

import { compactShards } from './compact-shards.ts'
import { createDatabaseOfAnyTime } from './fixtures/database-of-any-time.ts'
import { ALL_SHARDS, batchOf, folderOf } from './fixtures/shard.ts'

t.setTimeout(900_000)

/** After the moment at which any database was made: the log's time never runs backwards. */
const BEGIN = Date.UTC(2100, 2, 1, 9) as EpochMs
const END = plusMs(BEGIN, 2 * HOUR_MS)
/** From here on there is as much behind as rules look back. */
const FROM = plusMs(BEGIN, 20 * MINUTE_MS)

const [SHOP, OTHER] = ['shop', 'billing'] as [ServiceName, ServiceName]
const guard = guardParametersFrom(readConfig({ env: {} }).config.guard)
const shardOfService = (service: ServiceName) => shardOf(DEFAULT_PROJECT, service)
const judgement = routeJudgementOf(DEFAULT_ALARM_RULES, DEFAULT_SLO_SETTINGS)
const trust = { behindMs: Infinity, shardOf: shardOfService, backlogMsOf: () => 0 }

function applied(...documents: readonly object[]): AppliedPolicies {
  const all = documents.map((document, nth) =>
    appliedPolicyOf(String(nth).padStart(64, '0') as PolicyVersion, document as never),
  )
  return new Map(all.map((one) => [policyKeyOf(one), one]))
}

function policy(rules: readonly object[]): object {
  const head = { apiVersion: 'portcullis.dev/v1', kind: 'ReleasePolicy' }
  return { ...head, metadata: { name: 'tried' }, spec: { rules } }
}

const BUDGET = {
  ...{ apiVersion: 'portcullis.dev/v1', kind: 'Slo', metadata: { name: 'shop-errors' } },
  spec: { service: 'shop', objective: '99%', period: { rolling: '1d' } },
}

const POLICIES: Readonly<Record<string, AppliedPolicies>> = {
  'none: the default policy decides': new Map(),
  'rates of errors and of slow requests': applied(
    policy([
      { type: 'error_rate', max: '5%' },
      { type: 'latency', percentile: 95, max: '300ms', window: '2m' },
    ]),
  ),
  'alarms, incidents and what it calls': applied(
    policy([
      { type: 'alarm' },
      { type: 'incident' },
      { type: 'dependency', services: ['bill*'] },
      { type: 'traffic', minRequests: 40 },
    ]),
  ),
  'budgets, and an hour before': applied(
    BUDGET,
    policy([
      { type: 'error_budget', slo: 'shop-errors', atLeast: '50%' },
      { type: 'burn_rate', slo: 'shop-errors' },
      { type: 'regression', of: 'error_rate', against: '1h', maxIncrease: '50%' },
    ]),
  ),
  'what it calls alone': applied(policy([{ type: 'dependency', services: ['bill*'] }])),
  'a budget of what it calls': applied(
    { ...BUDGET, spec: { ...BUDGET.spec, service: 'billing' } },
    policy([{ type: 'error_budget', slo: 'shop-errors', atLeast: '50%' }]),
  ),
  'a canary': applied(policy([{ type: 'canary' }])),
}

type Sketch = Parameters<typeof batchOf>[0] & { readonly service: ServiceName }

/** What two services report at an instant; one has trouble for some minutes, and a version beside the other for a while. */
function reportsAt(at: EpochMs): Sketch[] {
  const minute = Math.floor((at - BEGIN) / MINUTE_MS)
  const isIn = (from: number, to: number): boolean => minute >= from && minute < to
  const shop = {
    ...{ service: SHOP, version: '1', routes: ['GET /cart', 'POST /pay'], at },
    requests: 20 + (minute % 7),
    durationMs: isIn(50, 57) ? 450 : 40,
  }
  const beside = { ...shop, version: '2', requests: 8, errors: isIn(80, 90) ? 3 : 0 }
  return [
    { ...shop, errors: isIn(50, 57) ? 9 : Number(minute % 11 === 0) },
    ...(isIn(70, 90) ? [beside] : []),
    // Some of it comes late.
    ...(minute % 13 === 5 ? [{ ...shop, at: at - 4 * MINUTE_MS }] : []),
    { service: OTHER, requests: 10, at, errors: isIn(100, 104) ? 8 : 0 },
  ]
}

async function live(pool: Pool, goTo: (instant: number) => Promise<void>): Promise<void> {
  const folders = new Map(
    [SHOP, OTHER].map((service) => [service, folderOf(shardOfService(service), pool)] as const),
  )
  for (let at = BEGIN; at < END; at = plusMs(at, 10 * SECOND_MS)) {
    await goTo(at + 1_234)
    for (const { service, ...sketch } of reportsAt(at)) {
      const shard = shardOfService(service)
      await folders.get(service)!.fold([{ ...batchOf(sketch), service, shard }])
    }
    if (at % (5 * MINUTE_MS) === 0) await compactShards(pool, DEFAULT_PROJECT, ALL_SHARDS)
  }
  await goTo(END)
}

t.test('a backtest says what the guard would have said', async (t) => {
  const { pool, goTo } = await createDatabaseOfAnyTime(t)
  await live(pool, goTo)
  const parts = {
    ...{ pool, project: DEFAULT_PROJECT, judgement, shardOf: shardOfService },
    minutesKeptMs: 400 * DAY_MS,
  }
  const asked = { service: SHOP as ServiceName | null, environment: DEFAULT_ENVIRONMENT }
  const range = { from: FROM, to: END, stepMs: MINUTE_MS, guard, horizonMs: HOUR_MS }

  /** Computes each verdict for its instant alone. */
  async function oneByOne(policies: AppliedPolicies): Promise<Track> {
    const track = new Track()
    for (let at = FROM; at < END; at = plusMs(at, MINUTE_MS)) {
      const view = await pastView(parts, { ...asked, at, budgets: 'of_rules', policies })
      if ('rejected' in view) throw new Error(view.rejected)
      const question = { ...asked, version: null, release: null, guard }
      const inputs = verdictInputs(view, question, { asOf: at, trust, judgement })
      track.add(verdict(inputs, question, at), MINUTE_MS)
    }
    return track
  }

  const all = await backtest(parts, { ...asked, ...range, policies: Object.values(POLICIES) })
  if ('rejected' in all) throw new Error(all.rejected)
  t.equal(all.precision, 'exact')
  for (const [nth, [name, policies]] of Object.entries(POLICIES).entries()) {
    const { track, score } = all.trials[nth]!
    t.strictSame(track, (await oneByOne(policies)).summary(), name)
    t.match(score.releases, [{ version: '2' }], 'a release was tried')
    t.equal(score.followed, 1, 'an incident followed it')
  }
  const outcomes = all.trials.map(({ track }) => track.changes.map(({ outcome }) => outcome))
  t.ok(
    outcomes.every((one) => one.some((outcome) => outcome !== 'pass')),
    outcomes.join(' | '),
  )
  t.ok(outcomes.some((one) => one.length > 4))
})
