// Tries policies on the past, as the gateway does, in a process of its own.
import { performance } from 'node:perf_hooks'

import {
  DAY_MS,
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type EpochMs,
  HOUR_MS,
  type PolicyVersion,
  type ServiceName,
} from '@portcullis/contracts'
import {
  type AppliedPolicies,
  appliedPolicyOf,
  DEFAULT_ALARM_RULES,
  DEFAULT_SLO_SETTINGS,
  guardParametersFrom,
  policyKeyOf,
  type TrackSummary,
} from '@portcullis/domain'
import { backtest, routeJudgementOf } from '@portcullis/projections'
import { shardOf } from '@portcullis/queues'
import { readConfig } from '@portcullis/runtime'
import pg from 'pg'

import { serveParent } from '../children/serve-parent.ts'

export interface Tried {
  readonly connectionString: string
  readonly from: number
  readonly to: number
  readonly stepMs: number
  /** Policies and objectives, as they are written; one set. */
  readonly documents: readonly object[]
}

export interface TriedOut {
  readonly precision: string
  readonly elapsedMs: number
  /** Of this process, all threads. */
  readonly cpuMs: number
  readonly track: TrackSummary
}

async function tryOut({ connectionString, from, to, stepMs, documents }: Tried): Promise<TriedOut> {
  const pool = new pg.Pool({ connectionString, max: 1, pipeline: true })
  try {
    const begin = performance.now()
    const cpu = process.cpuUsage()
    const found = await backtest(
      {
        pool,
        project: DEFAULT_PROJECT,
        judgement: routeJudgementOf(DEFAULT_ALARM_RULES, DEFAULT_SLO_SETTINGS),
        shardOf: (service: ServiceName) => shardOf(DEFAULT_PROJECT, service),
        minutesKeptMs: 400 * DAY_MS,
      },
      {
        service: null,
        environment: DEFAULT_ENVIRONMENT,
        from: from as EpochMs,
        to: to as EpochMs,
        stepMs,
        policies: [appliedOf(documents)],
        guard: guardParametersFrom(readConfig({ env: {} }).config.guard),
        horizonMs: HOUR_MS,
      },
    )
    if ('rejected' in found) throw new Error(`There is no such past: ${found.rejected}.`)
    const { user, system } = process.cpuUsage(cpu)
    return {
      precision: found.precision,
      elapsedMs: performance.now() - begin,
      cpuMs: (user + system) / 1_000,
      track: found.trials[0]!.track,
    }
  } finally {
    await pool.end()
  }
}

function appliedOf(documents: readonly object[]): AppliedPolicies {
  const all = documents.map((document, nth) =>
    appliedPolicyOf(String(nth).padStart(64, '0') as PolicyVersion, document as never),
  )
  return new Map(all.map((one) => [policyKeyOf(one), one]))
}

const methods = { tryOut }
export type BacktestingProcess = typeof methods

serveParent(methods)
