import {
  BUCKET_MS,
  type EnvironmentName,
  type EpochMs,
  type Heads,
  HOUR_MS,
  hourStartOf,
  MINUTE_MS,
  plusMs,
  type ProjectId,
  SECOND_MS,
  type ServiceName,
} from '@portcullis/contracts'
import { type AppliedPolicies, WINDOW_BUCKETS } from '@portcullis/domain'
import { type Db, readHead } from '@portcullis/event-log'
import type { Pool } from 'pg'

import type { LiveView } from '../live/live-view.ts'
import { createRouteHealths, type RouteJudgement } from '../live/route-health.ts'
import { looksElsewhere } from '../live/rule-needs.ts'
import { countsAt } from './counts-at.ts'
import { givenHeads, headsAt, type PastHeads } from './heads-at.ts'
import { logAt } from './log-at.ts'
import { inPast, type NoPast } from './log-then.ts'
import { recordedFrom, windowsFromBatches, windowsFromMinutes } from './traffic-at.ts'

/** All that was known as of an instant. Unlike a live one, nobody changes it. */
export interface PastView extends LiveView {
  /** From batches: exactly what was known then. By minutes: as of the end of a minute, late requests included. */
  readonly precision: 'exact' | 'minute'
}

/** What is asked of the past. */
export interface PastAsked {
  readonly at: EpochMs
  /** Where an earlier answer was read, in place of the last heads by `at`. */
  readonly heads?: Heads | undefined
  /** Whose traffic is needed; null where that of all services is. */
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
  /** Which objectives are counted: those that rules name, or all. */
  readonly budgets: 'of_rules' | 'all'
  /** By these policies, in place of those that were in force. */
  readonly policies?: AppliedPolicies
}

/** What past views stand on. */
export interface PastParts {
  readonly pool: Pool
  readonly project: ProjectId
  readonly judgement: RouteJudgement
  readonly shardOf: (service: ServiceName) => number
  /** Milliseconds for which minutes are kept. */
  readonly minutesKeptMs: number
}

/**
 * Returns what was known as of an instant, folded again from the log and the batches up to the heads of then, by the folds of
 * live views: a verdict from it is the one that was given then. What made it stale (whether an aggregator was heard of, what
 * waited in a queue or was parked) is in no log, and nothing in it is stale but what a queue lost.
 */
export async function pastView(parts: PastParts, asked: PastAsked): Promise<PastView | NoPast> {
  const { pool, project } = parts
  const { at, heads: given } = asked
  // The heads that an answer names are a little newer than its instant, the start of a second.
  const through = given === undefined ? at : plusMs(at, SECOND_MS)
  return inPast(pool, { project, at, through }, async (tx, { log, now }) => {
    const heads =
      given === undefined
        ? await headsAt(tx, project, { log, at })
        : givenHeads(
            await headsAt(tx, project, { log: await readHead(tx, project), at: now }),
            given,
          )
    return heads === null
      ? { rejected: 'unknown_heads' }
      : viewAt(tx, parts, { ...asked, heads, present: now })
  })
}

type AskedAt = Omit<PastAsked, 'heads'> & { readonly heads: PastHeads; readonly present: EpochMs }

async function viewAt(
  tx: Db,
  { project, judgement, shardOf, minutesKeptMs }: PastParts,
  { at, heads, present, service, environment, budgets, policies }: AskedAt,
): Promise<PastView | NoPast> {
  const isExact = heads.shards.every(({ keptSince }) => keptSince <= recordedFrom(at))
  const keptSince = minutesSince(plusMs(present, -minutesKeptMs))
  if (!isExact && at < keptSince) return { rejected: 'no_longer_kept', keptSince }
  const now = isExact ? at : endOfMinute(at)
  const log = await logAt(tx, project, { position: heads.log.position, now })
  const applied = policies ?? log.policies.applied
  const scope = { service: looksElsewhere(applied, environment) ? null : service, environment }
  const shards = heads.shards.map(({ head }) => head)
  const needed = shards.filter(
    ({ shard }) => scope.service === null || shard === shardOf(scope.service),
  )
  const windows = isExact
    ? await windowsFromBatches(tx, project, { heads: needed, scope, asOf: now })
    : await windowsFromMinutes(tx, project, { scope, asOf: now })
  const services = [...windows.values()]
  const counted = { log, applied, shards: heads.shards, shardOf, services, ...scope, budgets }
  const counts = await countsAt(tx, project, { ...counted, asOf: now })
  return {
    look: { now, log: heads.log, shards, aggregatorBeatAt: now, parked: [] },
    heads: { log: heads.log.position, metrics: isExact ? shards.map(({ seq }) => seq) : [] },
    shards,
    log,
    counts,
    policies: applied,
    healths: createRouteHealths(judgement),
    services: () => services,
    precision: isExact ? 'exact' : 'minute',
  }
}

/** From when on the windows of an instant hold whole hours that begin at another instant, or later. */
export function minutesSince(hoursFrom: EpochMs): EpochMs {
  return plusMs(hourStartOf(plusMs(hoursFrom, HOUR_MS - 1)), WINDOW_BUCKETS.m15 * BUCKET_MS)
}

/** The last second of the newest minute that was over. */
function endOfMinute(at: EpochMs): EpochMs {
  const next = plusMs(at, SECOND_MS)
  return plusMs(next, -(next % MINUTE_MS) - SECOND_MS)
}
