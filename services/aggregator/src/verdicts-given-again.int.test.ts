// Goal: a verdict of the past is the one that was given then, byte for byte. Method: at instants of a
// clock of the test's own, traffic of all ages, incidents, policies of every type, releases, waivers and
// recorded verdicts come in an order that a seed says; after each, live verdicts are kept as text. In the
// end each is computed again from the log and the batches, by the heads and the instant that it names.
// Seen to catch: findings in the order in which incidents came, late requests that were missing in what
// rules compare with, and canaries of silent services that were forgotten.
import { randomUUID } from 'node:crypto'

import {
  DAY_MS,
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type DomainEvent,
  type EnvironmentName,
  type EpochMs,
  MINUTE_MS,
  type PolicyKind,
  type PolicyName,
  type PolicyVersion,
  type PrincipalId,
  SECOND_MS,
  secondStartOf,
  type ServiceName,
  type StreamId,
  systemMeta,
  type VersionName,
  type WaiverId,
} from '@portcullis/contracts'
import {
  canonicalVerdict,
  DEFAULT_ALARM_RULES,
  DEFAULT_SLO_SETTINGS,
  fullVerdict,
  type GuardQuestion,
  guardParametersFrom,
  type Verdict,
} from '@portcullis/domain'
import { inTransaction, policyStream, releaseStream, waiverStream } from '@portcullis/event-log'
import {
  appendAndFold,
  beat,
  createLiveViews,
  type LiveView,
  pastView,
  routeJudgementOf,
  streamVersion,
  verdictInputs,
} from '@portcullis/projections'
import { shardOf } from '@portcullis/queues'
import { readConfig } from '@portcullis/runtime'
import fc from 'fast-check'
import type { Pool } from 'pg'
import t from 'tap'

import { compactShards } from './compact-shards.ts'
import { createDatabaseOfAnyTime } from './fixtures/database-of-any-time.ts'
import { ALL_SHARDS, batchOf, folderOf } from './fixtures/shard.ts'
import { watchVerdicts } from './watch-verdicts.ts'

t.setTimeout(300_000)

/** After the moment at which any database was made: the log's time never runs backwards. */
const BEGIN = Date.UTC(2100, 2, 1, 9)
const STEPS = 520
/** Changed for one run of a test, and only where what it found is looked for again. */
const SEED = 21_000_301

const judgement = routeJudgementOf(DEFAULT_ALARM_RULES, DEFAULT_SLO_SETTINGS)
const shardOfService = (service: ServiceName) => shardOf(DEFAULT_PROJECT, service)
const trust = { behindMs: 3_600_000, shardOf: shardOfService, backlogMsOf: () => 0 }
const guard = guardParametersFrom(readConfig({ env: {} }).config.guard)

const SERVICES = ['shop', 'billing', 'search'] as ServiceName[]
const ENVIRONMENTS = ['production', 'staging'] as EnvironmentName[]
const VERSIONS = ['1', '2'] as VersionName[]
const ROUTES = [['GET /cart'], ['GET /cart', 'POST /pay'], ['GET /a', 'GET /b', 'GET /c']]

const QUESTIONS: readonly GuardQuestion[] = [
  { service: null, environment: DEFAULT_ENVIRONMENT, version: null, release: null, guard },
  { service: SERVICES[0]!, environment: DEFAULT_ENVIRONMENT, version: null, release: null, guard },
  {
    ...{ service: SERVICES[0]!, environment: DEFAULT_ENVIRONMENT, version: VERSIONS[1]! },
    ...{ release: null, guard },
  },
  { service: SERVICES[1]!, environment: ENVIRONMENTS[1]!, version: null, release: null, guard },
]

/** Documents that come into force and go; each rule type is in one. */
const DOCUMENTS = [
  slo('shop-errors', { service: 'shop', objective: '99%', period: { rolling: '1d' } }),
  slo('billing-slices', {
    ...{ service: 'billing', objective: '95%', budgeting: 'timeslices', sliceTarget: '90%' },
    period: { calendar: 'week', timeZone: 'Europe/Berlin' },
  }),
  policy('rates', 'enforce', [
    { type: 'error_rate', max: '5%' },
    { type: 'latency', percentile: 95, max: '400ms', window: '1m' },
    { type: 'alarm' },
    { type: 'incident' },
  ]),
  policy('budgets', 'enforce', [
    { type: 'burn_rate', slo: 'shop-errors' },
    { type: 'error_budget', slo: 'shop-errors', atLeast: '20%' },
    { type: 'error_budget', slo: 'billing-slices', atLeast: '5%' },
  ]),
  policy('past', 'shadow', [
    { type: 'regression', of: 'error_rate', against: '1h', maxIncrease: '50%' },
    { type: 'traffic', minRequests: 20 },
    { type: 'healthy_for', duration: '2m' },
    { type: 'dependency', services: ['search', 'bill*'] },
  ]),
  policy('releases', 'warn', [
    { type: 'canary', onUndecided: 'pass' },
    { type: 'approval', role: 'ops_admin', validFor: '1h' },
    { type: 'freeze' },
  ]),
  {
    ...{ apiVersion: 'portcullis.dev/v1', kind: 'Freeze' as const, metadata: { name: 'lunch' } },
    spec: {
      reason: 'lunch',
      selector: { services: ['billing'] },
      schedule: { rrule: 'FREQ=HOURLY', duration: '20m', timeZone: 'UTC' },
    },
  },
] as const

function policy(name: string, mode: string, rules: readonly object[]) {
  const head = { apiVersion: 'portcullis.dev/v1', kind: 'ReleasePolicy' as const }
  return { ...head, metadata: { name }, spec: { mode, rules } }
}

function slo(name: string, spec: object) {
  return { apiVersion: 'portcullis.dev/v1', kind: 'Slo' as const, metadata: { name }, spec }
}

/** Milliseconds that pass before a step. */
const Passing = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 4 * SECOND_MS }) },
  { weight: 4, arbitrary: fc.integer({ min: 5 * SECOND_MS, max: 70 * SECOND_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: 5 * MINUTE_MS, max: 40 * MINUTE_MS }) },
)

const Serving = fc.record({
  what: fc.constant('serve' as const),
  service: fc.constantFrom(...SERVICES),
  environment: fc.constantFrom('production', 'production', 'production', 'staging'),
  version: fc.constantFrom(...VERSIONS),
  routes: fc.constantFrom(...ROUTES),
  requests: fc.integer({ min: 1, max: 120 }),
  badPart: fc.constantFrom(0, 0, 0, 0.02, 0.3, 1),
  durationMs: fc.constantFrom(20, 20, 90, 450, 900),
  ageMs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -5 * SECOND_MS, max: 12 * SECOND_MS }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 14 * MINUTE_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 50 * MINUTE_MS }) },
  ),
})

const Step = fc.record({
  passesMs: Passing,
  step: fc.oneof(
    { weight: 12, arbitrary: Serving },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('watch' as const) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('compact' as const) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('slide' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        what: fc.constant('sql' as const),
        sql: fc.constantFrom(
          `insert into incidents (service, environment, route, kind, severity, escalation_level)
             select 'shop', 'production', 'GET /', 'by_hand', 'critical', 2
             where not exists (select from incidents where kind = 'by_hand')`,
          `update incidents set status = 'resolved'`,
          `update incidents set status = 'open', escalation_level = 2`,
          `update incidents set status = 'acknowledged'`,
        ),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        what: fc.constant('policy' as const),
        nth: fc.nat(DOCUMENTS.length - 1),
        isRemoved: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        what: fc.constant('release' as const),
        version: fc.constantFrom(...VERSIONS),
        type: fc.constantFrom('announced', 'promoted', 'approved', 'approval_revoked', 'finished'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('waiver' as const) }) },
  ),
})
type Step = ReturnType<typeof Step.generate>['value']

/** A live verdict as it was given. */
interface Given {
  readonly question: GuardQuestion
  readonly asOf: EpochMs
  readonly heads: LiveView['heads']
  readonly text: string
}

class Story {
  readonly given: Given[] = []
  readonly #pool: Pool
  readonly #goTo: (instantMs: number) => Promise<void>
  readonly #folders = new Map(
    SERVICES.map((service) => [service, { fold: foldOf(service) }] as const),
  )
  readonly #live
  #now = BEGIN as EpochMs
  #waiver: WaiverId | null = null
  readonly #approvedBy: string[] = []
  #approvers = 0

  constructor(pool: Pool, goTo: (instantMs: number) => Promise<void>) {
    this.#pool = pool
    this.#goTo = goTo
    this.#live = createLiveViews(pool, DEFAULT_PROJECT, judgement, { shardOf: shardOfService })
  }

  async take({ passesMs, step }: Step): Promise<void> {
    this.#now = (this.#now + passesMs) as EpochMs
    await this.#goTo(this.#now)
    await beat(this.#pool, 'aggregator', '00000000-0000-4000-8000-000000000000')
    await this.#do(step)
    await this.#ask()
  }

  async #do(step: Step['step']): Promise<void> {
    switch (step.what) {
      case 'serve': {
        const { service, environment, requests, badPart, ageMs, durationMs, ...rest } = step
        const errors = Math.round(requests * badPart)
        const at = this.#now - ageMs
        const batch = batchOf({ ...rest, requests, errors, at, durationMs })
        const whose = { service, environment: environment as EnvironmentName }
        await this.#folders
          .get(service)!
          .fold(this.#pool, { ...batch, ...whose, shard: shardOfService(service) })
        return
      }
      case 'slide':
        return this.#folders.get(SERVICES[0]!)!.fold(this.#pool, null)
      case 'watch':
        await watchVerdicts({
          ...{ pool: this.#pool, project: DEFAULT_PROJECT, live: this.#live },
          ...{ judgement, trust, guard, channels: [] },
        })
        return
      case 'compact':
        await compactShards(this.#pool, DEFAULT_PROJECT, ALL_SHARDS)
        return
      case 'sql':
        await this.#pool.query(step.sql)
        return
      case 'policy':
        return this.#policy(DOCUMENTS[step.nth]!, step.isRemoved)
      case 'release':
        return this.#release(step.version, step.type)
      case 'waiver':
        return this.#changeWaiver()
    }
  }

  async #policy(document: (typeof DOCUMENTS)[number], isRemoved: boolean): Promise<void> {
    const kind: PolicyKind = document.kind
    const name = document.metadata.name as PolicyName
    const stream = policyStream(kind, name)
    if (isRemoved && (await streamVersion(this.#pool, DEFAULT_PROJECT, stream)) === 0) return
    const version = Buffer.from(name).toString('hex').padEnd(64, '0') as PolicyVersion
    await this.#append(
      stream,
      isRemoved
        ? { type: 'policy.removed', data: { kind, name } }
        : { type: 'policy.applied', data: { kind, name, version, document } as never },
    )
  }

  async #release(version: VersionName, type: string): Promise<void> {
    const release = { service: SERVICES[0]!, environment: DEFAULT_ENVIRONMENT, version }
    const stream = releaseStream(release.service, release.environment)
    const { rows } = await this.#pool.query(
      'select from releases where service = $1 and release_version = $2',
      [release.service, version],
    )
    if (type === 'announced' || rows.length === 0) {
      const told = { commit: null, url: null, labels: { kind: 'hotfix' }, source: 'api' as const }
      const data = { ...release, ...told, at: this.#now }
      return this.#append(stream, { type: 'release.announced', data })
    }
    const told = { ...release, at: this.#now, note: null }
    // Nobody says yes twice, and nobody takes back what was not said.
    const isRevoked = type === 'approval_revoked' && this.#approvedBy.length > 0
    if (!isRevoked) this.#approvers += 1
    const by = (isRevoked ? this.#approvedBy.pop() : `person_${this.#approvers}`) as PrincipalId
    if (!isRevoked && type.startsWith('approv')) this.#approvedBy.push(by)
    const event = {
      promoted: { type: 'release.promoted', data: told },
      finished: { type: 'release.finished', data: told },
      approved: { type: 'release.approved', data: { ...told, by, role: 'ops_admin' } },
      approval_revoked: isRevoked
        ? { type: 'release.approval_revoked', data: { ...told, by } }
        : { type: 'release.approved', data: { ...told, by, role: 'ops_admin' } },
    }[type]
    return this.#append(stream, event as DomainEvent)
  }

  async #changeWaiver(): Promise<void> {
    const waiverId = this.#waiver ?? (randomUUID() as WaiverId)
    const stream = waiverStream(waiverId)
    if (this.#waiver !== null) {
      this.#waiver = null
      return this.#append(stream, { type: 'waiver.revoked', data: { waiverId } })
    }
    this.#waiver = waiverId
    const until = (this.#now + 30 * MINUTE_MS) as EpochMs
    const scope = { service: SERVICES[0]!, environment: DEFAULT_ENVIRONMENT, version: null }
    const reason = { by: 'person_a' as PrincipalId, sealed: '' }
    const data = { waiverId, ...scope, policies: null, rules: null, reason, until }
    return this.#append(stream, { type: 'waiver.granted', data: { ...data, needsSecond: false } })
  }

  async #append(streamId: StreamId, event: DomainEvent): Promise<void> {
    await inTransaction(this.#pool, async (tx) => {
      const version = (await streamVersion(tx, DEFAULT_PROJECT, streamId)) + 1
      const one = { streamId, version, event, meta: systemMeta('system'), occurredAt: this.#now }
      await appendAndFold(tx, DEFAULT_PROJECT, [one])
    })
  }

  async #ask(): Promise<void> {
    const view = await this.#live.next()
    const asOf = secondStartOf(view.look.now)
    for (const question of QUESTIONS) {
      const inputs = verdictInputs(view, question, { asOf, trust, judgement })
      const text = canonicalVerdict(fullVerdict(inputs, question, { asOf, explain: true }), true)
      this.given.push({ question, asOf, heads: view.heads, text })
    }
  }
}

function foldOf(service: ServiceName) {
  let folder: ReturnType<typeof folderOf> | undefined
  return async (pool: Pool, batch: ReturnType<typeof batchOf> | null): Promise<void> => {
    folder ??= folderOf(shardOfService(service), pool)
    if (batch === null) await folder.slide()
    else await folder.fold([batch])
  }
}

t.test('a verdict of the past is the one that was given then', async (t) => {
  const { pool, goTo } = await createDatabaseOfAnyTime(t)
  const story = new Story(pool, goTo)
  const [steps] = fc.sample(fc.array(Step, { minLength: STEPS, maxLength: STEPS }), {
    numRuns: 1,
    seed: SEED,
  })
  for (const step of steps!) await story.take(step)
  const { given } = story
  t.ok(given.length > 2_000, 'thousands of them')
  const outcomes = new Set(given.map(({ text }) => (JSON.parse(text) as Verdict).outcome))
  t.strictSame([...outcomes].toSorted(), ['fail', 'pass', 'undecided'])
  const parts = {
    ...{ pool, project: DEFAULT_PROJECT, judgement, shardOf: shardOfService },
    minutesKeptMs: 400 * DAY_MS,
  }
  let [equal, differing] = [0, 0]
  const compare = async (some: readonly Given[], service: ServiceName | null): Promise<void> => {
    const [{ asOf, heads, question: first }] = some as [Given]
    const { environment } = first
    const asked = { at: asOf, heads, service, environment, budgets: 'of_rules' as const }
    const view = await pastView(parts, asked)
    if ('rejected' in view) throw new Error(view.rejected)
    t.equal(view.precision, 'exact')
    for (const { question, text } of some) {
      const inputs = verdictInputs(view, question, { asOf, trust, judgement })
      const again = canonicalVerdict(fullVerdict(inputs, question, { asOf, explain: true }), true)
      if (again === text) equal += 1
      else differing += 1
      if (again !== text && differing <= 3) t.strictSame(JSON.parse(again), JSON.parse(text))
    }
  }
  for (let nth = 0; nth < STEPS; nth += 1) {
    const ofStep = given.slice(nth * QUESTIONS.length, (nth + 1) * QUESTIONS.length)
    await compare(ofStep.slice(0, 3), null)
    // And from no more than what the question is about.
    const one = ofStep[1 + (nth % 3)]!
    await compare([one], one.question.service)
  }
  t.strictSame({ equal, differing }, { equal: given.length, differing: 0 })
})
