import {
  DEFAULT_PROJECT,
  requestMetricsQueue,
  type EpochMs,
  type ServiceName,
} from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import { type LiveViews, type RouteJudgement } from '@portcullis/projections'
import { shardOf, type QueueBackend, type QueueWatch } from '@portcullis/queues'
import {
  newGatewayRunId,
  type Clock,
  type Config,
  type Logger,
  type Telemetry,
} from '@portcullis/runtime'

import { createAuthentication } from './access/authenticate.ts'
import { createJwtVerification } from './access/json-web-token.ts'
import { createKeyRing, type KeyRing } from './access/key-ring.ts'
import { createSessions, type BrowserSessions } from './access/session.ts'
import { createSignatureVerification } from './access/signature.ts'
import type { GatewayParts } from './app.ts'
import type { CommandDesk } from './commands/command-desk.ts'
import { opsOf } from './compose-ops.ts'
import { trafficOf } from './compose-traffic.ts'
import type { AccessOptions } from './plugins/access.ts'
import type { BacktestDesk } from './routes/backtests/backtest-desk.ts'
import { createGuardDesk } from './routes/guard/guard-desk.ts'
import { createPastDesk } from './routes/guard/past-desk.ts'
import type { HealthChecks } from './routes/health/health.ts'
import { BatchIntake } from './routes/request-metrics/batch-intake.ts'
import { RecentBatches } from './routes/request-metrics/recent-batches.ts'
import { RunLedger } from './routes/request-metrics/run-ledger.ts'
import { apiKeysIn } from './store/api-keys.ts'
import { batchQueueOn } from './store/batch-queue.ts'
import { inboxIn } from './store/inbox.ts'
import { ledgerIn } from './store/ledger.ts'
import { noncesIn } from './store/nonces.ts'
import type { PastLook } from './store/past-look.ts'
import { peopleIn } from './store/people.ts'
import { sessionsIn } from './store/sessions.ts'
import { sharedHitsIn } from './store/shared-hits.ts'

/** What a gateway stands on. */
export interface GatewayDeps {
  readonly config: Config
  /** What the settings' reader found unwise; shown at /ops/config/health. */
  readonly warnings: readonly string[]
  readonly clock: Clock
  readonly log: Logger
  readonly telemetry: Telemetry
  readonly instance: string
  readonly version: string
  readonly db: Db
  /** Follows the log and the metric shards in memory. */
  readonly live: LiveViews
  /** Looks at what was known before. */
  readonly past: PastLook
  /** Tries policies on the past. */
  readonly backtests: BacktestDesk
  /** What routes are judged by. */
  readonly judgement: RouteJudgement
  readonly queues: QueueBackend
  /** Takes commands in; whoever opened it closes it. */
  readonly desk: CommandDesk
  /** Watches the metric queues. */
  readonly watch: QueueWatch
  /** What must work before requests are taken. */
  readonly checks: HealthChecks
  readonly missedChecks: HealthChecks
  /** Throws a problem while nothing more may be stored. */
  readonly requireRoom: () => void
}

/** Memory for the batches that the inbox may not have yet. */
const RECENT_BYTES_MAX = 32 * 1_024 * 1_024
/** Enough of the instance's id to tell request ids of gateways apart. */
const INSTANCE_LENGTH = 8

/** Puts the parts of a gateway together; the ledger is to be written about once a second. */
export function composeGateway(deps: GatewayDeps): {
  readonly parts: GatewayParts
  readonly ledger: RunLedger
} {
  const { config, clock, log, telemetry, instance } = deps
  const startedAt = clock.now()
  const ledger = new RunLedger(newGatewayRunId(startedAt), ledgerIn(deps.db, DEFAULT_PROJECT))
  const keys = createKeyRing(apiKeysIn(deps.db, DEFAULT_PROJECT), clock)
  const grounds = { keys, ...config.access }
  const sessions = createSessions(sessionsIn(deps.db, DEFAULT_PROJECT), grounds, clock)
  const countHit = sharedHitsIn(deps.db, clock)
  const access = accessOf(deps, keys, sessions)
  const nextRequestId = requestIdsOf(instance.slice(-INSTANCE_LENGTH))
  const parts: GatewayParts = {
    config,
    clock,
    log,
    telemetry,
    nextRequestId,
    version: deps.version,
    access,
    sessions,
    queues: deps.queues,
    countHit,
    guard: { ...guardOf(deps), authenticate: access.authenticate, nextRequestId },
    ops: opsOf(deps, countHit),
    traffic: trafficOf(deps),
    intake: intakeOf(deps, ledger),
    health: healthOf(deps, startedAt),
  }
  return { parts, ledger }
}

function requestIdsOf(instanceId: string): () => string {
  let requests = 0
  return () => `${instanceId}-${(requests += 1).toString(36)}`
}

function accessOf(
  { config, db, clock }: GatewayDeps,
  keys: KeyRing,
  { sessionOf }: BrowserSessions,
): AccessOptions {
  const { firstToken, jwtSecret, hmacSecret, hmacRequired, guardAnonymous } = config.access
  const personIdOf = peopleIn(db, DEFAULT_PROJECT, clock)
  const verifyJwt = createJwtVerification(jwtSecret, personIdOf, clock)
  const claimNonce = noncesIn(db, DEFAULT_PROJECT)
  return {
    authenticate: createAuthentication({ keys, verifyJwt, firstToken, clock }),
    verifySignature: createSignatureVerification(hmacSecret, claimNonce, clock),
    sessionOf,
    guardAnonymous: guardAnonymous === 'loopback',
    signatureRequired: hmacRequired,
  }
}

function intakeOf({ db, queues, watch, requireRoom }: GatewayDeps, ledger: RunLedger) {
  const { enqueue, fullnessOf } = batchQueueOn(queues, watch)
  return new BatchIntake({
    projectId: DEFAULT_PROJECT,
    ledger,
    // With queues in Postgres a batch is as durable as the ledger: both are lost, or none.
    isLedgerFirst: queues.kind !== 'postgres',
    recent: new RecentBatches(RECENT_BYTES_MAX),
    shardOf: (service) => shardOf(DEFAULT_PROJECT, service),
    requireRoom,
    fullnessOf,
    enqueue,
    findApplied: inboxIn(db, DEFAULT_PROJECT),
  })
}

function guardOf({ config, live, past, judgement, watch, clock, log }: GatewayDeps) {
  const shardOfService = (service: ServiceName) => shardOf(DEFAULT_PROJECT, service)
  const { release } = config.guard
  const pastDesk = createPastDesk({ past, judgement, shardOf: shardOfService, release, clock })
  const desk = createGuardDesk({
    live,
    judgement,
    trust: {
      behindMs: config.guard.behindMs,
      shardOf: shardOfService,
      backlogMsOf: (shard) => watch.backlogMsOf(requestMetricsQueue(shard)),
    },
    release,
    clock,
    log,
  })
  return { desk, pastDesk, guard: config.guard, guardPerMinute: config.limits.guardPerMinute }
}

function healthOf(deps: GatewayDeps, startedAt: EpochMs): GatewayParts['health'] {
  const { checks, missedChecks, clock, version, instance, config, warnings } = deps
  return { checks, missedChecks, clock, startedAt, version, instanceId: instance, config, warnings }
}
