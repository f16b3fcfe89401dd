import {
  type EnvironmentName,
  type EpochMs,
  type NotificationId,
  type ProjectId,
  secondStartOf,
  type ServiceName,
  systemMeta,
} from '@portcullis/contracts'
import { decideOutcome, type GuardParameters, verdict } from '@portcullis/domain'
import {
  inTransaction,
  isStreamConflict,
  type NewEvent,
  verdictStream,
} from '@portcullis/event-log'
import {
  appendAndFold,
  type LiveView,
  type LiveViews,
  type OutcomeRow,
  readOutcomes,
  type RouteJudgement,
  serviceKeyOf,
  type ServiceScope,
  type Trust,
  verdictInputs,
} from '@portcullis/projections'
import type { Pool } from 'pg'

/** What the watch stands on. */
export interface VerdictWatchParts {
  readonly pool: Pool
  readonly project: ProjectId
  readonly live: LiveViews
  readonly judgement: RouteJudgement
  readonly trust: Trust
  /** The default policy. */
  readonly guard: GuardParameters
  /** Names of the channels that hear of changes. */
  readonly channels: readonly string[]
}

/** What a look led to. */
export interface VerdictWatch {
  /** How many changes were recorded. */
  readonly changed: number
  /** Ids of the outbox rows that tell of them. */
  readonly deliveries: readonly NotificationId[]
}

const NOTHING_CHANGED: VerdictWatch = { changed: 0, deliveries: [] }

/**
 * Looks once at the verdict of every service and environment that is heard of, or that was recorded as
 * anything but a pass, and records those whose outcome is another one than the last that was recorded,
 * whether anybody asked or not. Several aggregators may look: the stream's
 * version lets one of them record a change, and none records what it saw before the last one.
 */
export async function watchVerdicts(parts: VerdictWatchParts): Promise<VerdictWatch> {
  const { pool, project, live, channels } = parts
  // Read first: what is judged below is newer than what was recorded by then.
  const recorded = await readOutcomes(pool, project)
  const view = await live.next()
  const asOf = secondStartOf(view.look.now)
  // All of it before anything else is awaited: the next look changes the view.
  const pending = scopesOf(view, recorded.values()).flatMap((scope) =>
    changesOf(verdictOf(view, scope, { ...parts, asOf }), {
      last: recorded.get(serviceKeyOf(scope)),
      channels,
    }),
  )
  if (pending.length === 0) return NOTHING_CHANGED
  try {
    const { deliveries } = await inTransaction(pool, (tx) => appendAndFold(tx, project, pending))
    return { changed: pending.length, deliveries }
  } catch (error) {
    // Another aggregator recorded it first; what is left to record is seen at the next look.
    if (!isStreamConflict(error)) throw error
    return NOTHING_CHANGED
  }
}

/** One that fell silent, and has no incident any more, may still be recorded as failing. */
function scopesOf(view: LiveView, recorded: Iterable<OutcomeRow>): ServiceScope[] {
  const scopes = new Map<string, ServiceScope>()
  const add = ({ service, environment }: ServiceScope) =>
    scopes.set(serviceKeyOf({ service, environment }), { service, environment })
  for (const traffic of view.services()) add(traffic)
  for (const scope of view.log.incidents.scopes()) add(scope)
  for (const last of recorded) if (last.outcome !== 'pass') add(last)
  return [...scopes.values()]
}

function verdictOf(
  view: LiveView,
  { service, environment }: { service: ServiceName; environment: EnvironmentName },
  { asOf, trust, judgement, guard }: VerdictWatchParts & { asOf: EpochMs },
) {
  const asked = { service, environment, version: null }
  const inputs = verdictInputs(view, asked, { asOf, trust, judgement })
  const { outcome, pass, violations, policies } = verdict(
    inputs,
    { ...asked, release: null, guard },
    asOf,
  )
  const reasons = violations.map((violation) => violation.reason)
  return { service, environment, outcome, pass, reasons, asOf, heads: view.heads, policies }
}

function changesOf(
  data: ReturnType<typeof verdictOf>,
  { last, channels }: { last: OutcomeRow | undefined; channels: readonly string[] },
): NewEvent[] {
  if (last !== undefined && data.asOf < last.asOf) return []
  return decideOutcome(last, data, channels).map((event, index) => ({
    streamId: verdictStream(data.service, data.environment),
    version: (last?.version ?? 0) + index + 1,
    event,
    meta: systemMeta('system'),
    occurredAt: data.asOf,
  }))
}
