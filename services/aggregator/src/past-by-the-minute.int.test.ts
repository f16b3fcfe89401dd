// Goal: where batches are gone the past is told by the minute, late requests included, and says so; where minutes are
// gone too it is not told at all. Method: the database's clock is the test's own; ten minutes of traffic are looked at
// exactly, by heads that know what came late, then retention drops their batches, and they are looked at again.
// Seen to catch: an instant within a minute that counts a part of it, a guard that passes because nothing is kept, and
// windows that are called exact although the oldest of their batches are gone.
import {
  DAY_MS,
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type EpochMs,
  HOUR_MS,
  type LogPosition,
  MINUTE_MS,
  type PolicyKind,
  type PolicyName,
  type PolicyVersion,
  SECOND_MS,
  type ServiceName,
  systemMeta,
} from '@portcullis/contracts'
import {
  DEFAULT_ALARM_RULES,
  DEFAULT_SLO_SETTINGS,
  fullVerdict,
  guardParametersFrom,
  type Steps,
  type WrittenDocument,
  routeWindows,
} from '@portcullis/domain'
import { inTransaction, policyStream } from '@portcullis/event-log'
import {
  appendAndFold,
  type PastAsked,
  type PastView,
  pastView,
  routeJudgementOf,
  verdictInputs,
} from '@portcullis/projections'
import { shardOf } from '@portcullis/queues'
import { createLogger, readConfig, systemClock } from '@portcullis/runtime'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import { compactShards } from './compact-shards.ts'
import { createDatabaseOfAnyTime } from './fixtures/database-of-any-time.ts'
import { ALL_SHARDS, batchOf, folderOf, SHARD, SHOP } from './fixtures/shard.ts'
import { keepHouse } from './housekeeping.ts'

t.setTimeout(180_000)

/** After the moment at which any database was made: the log's time never runs backwards. */
const BEGIN = Date.UTC(2100, 2, 1, 12)
const MINUTES = 10
const RETENTION = { batchesDays: 15, minutesDays: 400, commandsDays: 30, idsHours: 24 }
const AVAILABLE = 'available' as PolicyName
const OTHER = ['billing', 'search', 'mail', 'login'].find(
  (name) => shardOf(DEFAULT_PROJECT, name as ServiceName) !== SHARD,
) as ServiceName

const log = createLogger({ service: 'test', instance: 'test', level: 'silent' })
const judgement = routeJudgementOf(DEFAULT_ALARM_RULES, DEFAULT_SLO_SETTINGS)
const shardOfService = (service: ServiceName) => shardOf(DEFAULT_PROJECT, service)
const guard = guardParametersFrom(readConfig({ env: {} }).config.guard)
const trust = { behindMs: Infinity, shardOf: shardOfService, backlogMsOf: () => 0 }
const question = {
  ...{ service: null, environment: DEFAULT_ENVIRONMENT, version: null, release: null, guard },
}

class System {
  readonly pool: Pool
  readonly #goTo: (instantMs: number) => Promise<void>
  readonly #folders
  #now = 0

  constructor(pool: Pool, goTo: (instantMs: number) => Promise<void>) {
    this.pool = pool
    this.#goTo = goTo
    this.#folders = new Map([SHOP, OTHER].map((one) => [one, folderOf(shardOfService(one), pool)]))
  }

  /** Goes to an instant, in milliseconds since the beginning. */
  async goTo(ms: number): Promise<void> {
    this.#now = BEGIN + ms
    await this.#goTo(this.#now)
  }

  /** Folds a batch of a service about requests that ended `agoMs` before now. */
  async serve(
    service: ServiceName,
    sketch: Omit<Parameters<typeof batchOf>[0], 'at'> & { readonly agoMs?: number },
  ): Promise<void> {
    const { agoMs = 0, ...rest } = sketch
    const batch = batchOf({ ...rest, at: this.#now - agoMs })
    const shard = shardOfService(service)
    await this.#folders.get(service)!.fold([{ ...batch, service, shard }])
  }

  async keep(): Promise<void> {
    await compactShards(this.pool, DEFAULT_PROJECT, ALL_SHARDS)
    await keepHouse({
      ...{ pool: this.pool, project: DEFAULT_PROJECT, retention: RETENTION },
      ...{ clock: systemClock, log },
    })
  }

  async look(asked: Pick<PastAsked, 'heads'> & { readonly atMs: number }) {
    return pastView(
      {
        ...{ pool: this.pool, project: DEFAULT_PROJECT, judgement, shardOf: shardOfService },
        minutesKeptMs: RETENTION.minutesDays * DAY_MS,
      },
      {
        ...{ at: (BEGIN + asked.atMs) as EpochMs, heads: asked.heads, budgets: 'all' },
        ...{ service: null, environment: DEFAULT_ENVIRONMENT },
      },
    )
  }
}

interface Written {
  readonly kind: PolicyKind
  readonly metadata: { readonly name: string }
  readonly spec: WrittenDocument[string]
}

/** An objective, and rules that look at whole minutes; that they are tried only leaves the default policy to decide. */
const DOCUMENTS: readonly Written[] = [
  {
    kind: 'Slo',
    metadata: { name: AVAILABLE },
    spec: { service: SHOP, objective: '99%', period: { rolling: '1d' } },
  },
  {
    kind: 'ReleasePolicy',
    metadata: { name: 'rules' },
    spec: {
      mode: 'shadow',
      rules: [
        { type: 'error_rate', max: '5%' },
        { type: 'latency', percentile: 95, max: '50ms', window: '1m' },
        { type: 'traffic', minRequests: 100 },
        { type: 'alarm' },
        { type: 'incident' },
        { type: 'burn_rate', slo: AVAILABLE },
        { type: 'error_budget', slo: AVAILABLE, atLeast: '20%' },
      ],
    },
  },
]

async function openSystem(t: Test): Promise<System> {
  const { pool, goTo } = await createDatabaseOfAnyTime(t)
  const system = new System(pool, goTo)
  await system.goTo(0)
  await system.keep()
  const applied = DOCUMENTS.map(({ kind, metadata, spec }) => {
    const name = metadata.name as PolicyName
    const version = 'ab'.repeat(32) as PolicyVersion
    const document = { apiVersion: 'portcullis.dev/v1', kind, metadata, spec }
    return {
      ...{ streamId: policyStream(kind, name), version: 1, occurredAt: BEGIN as EpochMs },
      meta: systemMeta('system'),
      event: { type: 'policy.applied' as const, data: { kind, name, version, document } },
    }
  })
  await inTransaction(pool, async (tx) => void (await appendAndFold(tx, DEFAULT_PROJECT, applied)))
  return system
}

/** Ten minutes of requests, good and bad, and some that are told of a quarter of an hour late. */
async function liveThroughTenMinutes(system: System): Promise<void> {
  for (let minute = 0; minute < MINUTES; minute += 1) {
    for (const [nth, second] of [3, 24, 51].entries()) {
      await system.goTo(minute * MINUTE_MS + second * SECOND_MS)
      const requests = 10 + minute * 3 + nth
      const routes = nth === 1 ? ['GET /cart', 'POST /pay'] : ['GET /cart']
      const errors = minute >= 4 && minute < 7 ? 5 : 0
      const durationMs = 20 + 8 * minute
      await system.serve(SHOP, { requests, errors, routes, durationMs, version: String(nth) })
      await system.serve(OTHER, { requests: 7 })
    }
  }
  await system.goTo(20 * MINUTE_MS)
  // About the seconds 30 of the minutes 2 and 5.
  for (const minute of [2, 5]) {
    await system.serve(SHOP, { requests: 6, errors: 3, agoMs: (20 - minute - 0.5) * MINUTE_MS })
  }
}

function inOneGo<Found>(steps: Steps<Found>): Found {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** Compares buckets of ten seconds, which minutes do not tell apart. */
const BY_BUCKETS = new Set(['p95_regression_critical', 'warning_alarm'])

/** All that is asked of a view: figures of each route, what is left of the budget, and the verdict. */
function shownBy(view: PastView) {
  const asOf = view.look.now
  const figures = [...view.services()]
    .toSorted((a, b) => (a.service < b.service ? -1 : 1))
    .map(({ service, window }) => {
      const windows = inOneGo(routeWindows(window, asOf, {}))
      return [service, [...windows].toSorted(([a], [b]) => (a < b ? -1 : 1))]
    })
  const scope = { name: AVAILABLE, environment: DEFAULT_ENVIRONMENT }
  const budget = view.counts.budgets.of(view.policies, scope, asOf)?.period
  const inputs = verdictInputs(view, question, { asOf, trust, judgement })
  const found = fullVerdict(inputs, question, { asOf, explain: true })
  const { outcome, violations, warnings, waived, policies, position, default_rules = [] } = found
  const rules = default_rules.map((one) => {
    return { ...one, rules: one.rules.filter(({ rule }) => !BY_BUCKETS.has(rule)) }
  })
  const verdict = { outcome, violations, warnings, waived, policies, position, rules }
  return { asOf, figures, budget, verdict }
}

function viewIn(found: Awaited<ReturnType<System['look']>>): PastView {
  if ('rejected' in found) throw new Error(found.rejected)
  return found
}

/** Instants of a minute, after its end: all of them are told as of that end. */
const AFTER_END_MS = [-1_000, -1, 0, 31_234, 58_999]

t.test('an answer by the minute is the exact one of its end, with what came late', async (t) => {
  const system = await openSystem(t)
  await liveThroughTenMinutes(system)
  const { metrics } = viewIn(await system.look({ atMs: 20 * MINUTE_MS })).heads
  const instants = Array.from({ length: MINUTES + 8 }, (_, minute) => {
    const endMs = (minute + 1) * MINUTE_MS
    return AFTER_END_MS.map((afterMs) => ({ endMs, atMs: endMs + afterMs }))
  }).flat()
  const expected = []
  for (const { endMs, atMs } of instants) {
    const { log } = viewIn(await system.look({ atMs })).heads
    const view = viewIn(await system.look({ atMs: endMs - SECOND_MS, heads: { log, metrics } }))
    t.equal(view.precision, 'exact')
    expected.push(shownBy(view))
  }
  const outcomes = new Set(expected.map(({ verdict }) => verdict.outcome))
  t.strictSame(outcomes, new Set(['pass', 'fail']), 'it blocked for a while')
  t.same(expected.at(-1)!.budget, { bad: 51, total: 747 })

  await system.goTo(18 * DAY_MS)
  await system.serve(SHOP, { requests: 1 })
  await system.keep()
  for (const [nth, { endMs, atMs }] of instants.entries()) {
    const view = viewIn(await system.look({ atMs }))
    t.equal(view.precision, 'minute')
    t.strictSame(view.heads.metrics, [], 'no batch is behind it')
    t.strictSame(shownBy(view), expected[nth], `${atMs} is told as of ${endMs - SECOND_MS}`)
  }
  const given = { log: 1 as LogPosition, metrics }
  const again = await system.look({ atMs: MINUTE_MS, heads: given })
  t.match(again, { precision: 'minute', heads: { log: 1, metrics: [] } }, 'heads that were given')
})

t.test('the past is exact from a quarter of an hour after the oldest batch on', async (t) => {
  const system = await openSystem(t)
  for (let hour = 1; hour < 24 * 17; hour += 4) {
    await system.goTo(hour * HOUR_MS)
    await system.serve(SHOP, { requests: 3 })
    if (hour % 3 === 0) await system.serve(OTHER, { requests: 3 })
  }
  await system.keep()
  const { rows } = await system.pool.query<{ oldest: Date }>(
    'select min(recorded_at) as oldest from metric_batches group by shard order by 1 desc',
  )
  const oldestMs = rows[0]!.oldest.getTime() - BEGIN
  t.ok(oldestMs > HOUR_MS, 'some were dropped')
  for (let atMs = HOUR_MS; atMs < 16 * DAY_MS; atMs += 5 * HOUR_MS + 7 * MINUTE_MS) {
    const { precision } = viewIn(await system.look({ atMs }))
    t.equal(precision, atMs < oldestMs + 20 * MINUTE_MS ? 'minute' : 'exact', `${atMs / HOUR_MS}`)
  }
})

t.test('of an instant whose minutes are gone nothing is told', async (t) => {
  const system = await openSystem(t)
  await liveThroughTenMinutes(system)
  await system.goTo(DAY_MS + HOUR_MS)
  await system.serve(SHOP, { requests: 5 })
  await system.goTo(401 * DAY_MS + HOUR_MS / 2)
  await system.keep()
  const keptMs = DAY_MS + HOUR_MS + 15 * MINUTE_MS
  const gone = { rejected: 'no_longer_kept', keptSince: BEGIN + keptMs } as const
  t.strictSame(await system.look({ atMs: 9 * MINUTE_MS }), gone)
  t.strictSame(await system.look({ atMs: keptMs - 1 }), gone)
  const view = viewIn(await system.look({ atMs: keptMs }))
  t.equal(view.precision, 'minute')
  t.match(shownBy(view).figures, [[SHOP, [['GET /cart', { m15: { count: 5 } }]]]])
})
