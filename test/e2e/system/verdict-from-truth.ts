import { hash } from 'node:crypto'

import {
  DEFAULT_PROJECT,
  type EnvironmentName,
  type EpochMs,
  type Heads,
  type LogPosition,
  METRIC_SHARDS,
  type ServiceName,
  type ShardSeq,
} from '@portcullis/contracts'
import {
  canonicalVerdict,
  DEFAULT_ALARM_RULES,
  DEFAULT_SLO_SETTINGS,
  type GuardIncident,
  type GuardParameters,
  minuteOf,
  opensAt,
  type RouteHealth,
  routeHealthOf,
  routesOf,
  unpackBatch,
  verdict,
} from '@portcullis/domain'
import { readEvents } from '@portcullis/event-log'
import {
  foldInto,
  incidentModel,
  type IncidentRow,
  readBatches,
  type Windows,
} from '@portcullis/projections'
import type { Pool } from 'pg'

import type { VerdictBody } from './guard.ts'

/** What a verdict says that it follows from. */
export interface Stated extends VerdictBody {
  readonly service: ServiceName | null
  readonly env: EnvironmentName
  readonly release: string | null
  readonly guard: GuardParameters
}

const ALL = 1_000_000
const FINGERPRINT_LENGTH = 22

/**
 * Computes a verdict again from nothing but the events and batches up to the heads that it names, and
 * from its parameters; returns it with the fingerprint that its `ETag` must have. No projection is
 * read. For an answer that was not stale, with the default rules and targets.
 */
export async function verdictFromTruth(pool: Pool, stated: Stated) {
  const asOf = Date.parse(stated.as_of) as EpochMs
  const { service, env: environment, release, guard } = stated
  const heads = stated.heads as Heads
  const routes = (await windowsAt(pool, heads.metrics)).flatMap((windows) =>
    healthsOf(windows, { service, environment }, asOf),
  )
  const incidents = await incidentsAt(pool, heads.log)
  const inputs = {
    routes,
    incidents,
    stale: [],
    heads,
    freshnessMs: null,
    governance: null,
    waivers: [],
  }
  const question = { service, environment, version: null, release, guard }
  const now = verdict(inputs, question, asOf)
  const computed = { ...now, opens_at: opensAt(inputs, question, now) }
  const digest = hash('sha256', canonicalVerdict(computed), 'base64url')
  return { verdict: computed, etag: `"${digest.slice(0, FINGERPRINT_LENGTH)}"` }
}

async function windowsAt(pool: Pool, seqs: readonly number[]): Promise<Windows[]> {
  const shards = Array.from({ length: METRIC_SHARDS }, (_, shard) => shard)
  return Promise.all(
    shards.map(async (shard) => {
      const windows: Windows = new Map()
      const beginning = { seq: 0 as ShardSeq, recordedAt: 0 as EpochMs }
      const scope = { project: DEFAULT_PROJECT, shard }
      const batches = await readBatches(pool, scope, { after: beginning, limit: ALL })
      for (const batch of batches.filter(({ seq }) => seq <= seqs[shard]!)) {
        const unpacked = unpackBatch(batch.cells)
        if ('rejected' in unpacked) throw new Error(unpacked.rejected)
        foldInto(windows, { ...batch, cells: unpacked.cells })
      }
      return windows
    }),
  )
}

function healthsOf(
  windows: Windows,
  asked: { service: ServiceName | null; environment: EnvironmentName },
  asOf: EpochMs,
): RouteHealth[] {
  const judged = { rules: DEFAULT_ALARM_RULES, targets: DEFAULT_SLO_SETTINGS.targets }
  return [...windows.values()]
    .filter(({ environment }) => environment === asked.environment)
    .filter(({ service }) => asked.service === null || service === asked.service)
    .flatMap(({ service, environment, window }) =>
      [...routesOf(window, asOf)].map((route) => {
        const minute = minuteOf(window, route, asOf)
        return routeHealthOf({ service, environment, route }, { minute, judged }, asOf)
      }),
    )
}

async function incidentsAt(pool: Pool, through: LogPosition): Promise<GuardIncident[]> {
  const after = 0 as LogPosition
  const rows = new Map<string, IncidentRow>()
  const range = { project: DEFAULT_PROJECT, after, through, limit: ALL }
  for (const event of await readEvents(pool, range)) {
    for (const key of incidentModel.keysOf(event)) {
      rows.set(String(key[0]), incidentModel.evolve(rows.get(String(key[0])), event, key))
    }
  }
  return [...rows.values()].map(({ id, state }) => {
    const { scope, status, severity, escalationLevel, firstSeen } = state
    return { id, scope, status, severity, escalationLevel, firstSeen }
  })
}
