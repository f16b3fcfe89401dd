import { type EnvironmentName, type EpochMs, type ServiceName, plusMs } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { headsAt } from '../past/heads-at.ts'
import { inPast, logThen, type NoPast } from '../past/log-then.ts'
import { minutesSince, type PastParts } from '../past/past-view.ts'
import { recordedFrom } from '../past/traffic-at.ts'
import type { ForwardRange } from './forward-views.ts'

/** Which past is to be gone through. */
export interface RangeAsked {
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
  readonly from: EpochMs
  /** Null: the present of the database. */
  readonly to: EpochMs | null
}

/** Finds where log and shards stood at the ends of a range, and has it gone through; all of it in one snapshot. */
export async function inForwardRange<Result>(
  { pool, project, minutesKeptMs }: PastParts,
  asked: RangeAsked,
  go: (tx: Db, range: ForwardRange) => Promise<Result>,
): Promise<Result | NoPast> {
  const { service, environment, from } = asked
  return inPast<Result>(pool, { project, at: from }, async (tx, then) => {
    const to = asked.to ?? then.now
    const end = await logThen(tx, { project, at: to, through: to })
    if ('rejected' in end) return end
    const shards = {
      from: (await headsAt(tx, project, { log: then.log, at: from })).shards,
      to: (await headsAt(tx, project, { log: end.log, at: to })).shards,
    }
    const isExact = shards.from.every(({ keptSince }) => keptSince <= recordedFrom(from))
    const keptSince = minutesSince(plusMs(then.now, -minutesKeptMs))
    if (!isExact && from < keptSince) return { rejected: 'no_longer_kept', keptSince }
    return go(tx, {
      ...{ service, environment, from, to, shards },
      positions: { from: then.log.position, through: end.log.position },
      precision: isExact ? 'exact' : 'minute',
    })
  })
}
