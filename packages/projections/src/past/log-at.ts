import type { EpochMs, LogPosition, ProjectId } from '@portcullis/contracts'
import { HOUR_MS, plusMs } from '@portcullis/contracts'
import {
  type Db,
  incidentStream,
  lossStream,
  policyStream,
  releaseStream,
  verdictStream,
  waiverStream,
} from '@portcullis/event-log'

import { incidentModel, type IncidentRow } from '../incidents/model.ts'
import { LiveLog } from '../live/live-log.ts'
import { lossModel, type LossRow } from '../losses/model.ts'
import { outcomeModel, type OutcomeRow } from '../outcomes/model.ts'
import { policyModel, type PolicyRow } from '../policies/model.ts'
import { releaseModel, type ReleaseRow } from '../releases/model.ts'
import { waiverModel, type WaiverRow } from '../waivers/model.ts'
import { rowsAt, type StreamedModel } from './rows-at.ts'

export const INCIDENTS: StreamedModel<IncidentRow> = {
  model: incidentModel,
  streamOf: ({ id }) => incidentStream(id),
}
export const POLICIES: StreamedModel<PolicyRow> = {
  model: policyModel,
  streamOf: ({ kind, name }) => policyStream(kind, name),
}
export const OUTCOMES: StreamedModel<OutcomeRow> = {
  model: outcomeModel,
  streamOf: ({ service, environment }) => verdictStream(service, environment),
}
export const RELEASES: StreamedModel<ReleaseRow> = {
  model: releaseModel,
  streamOf: ({ service, environment }) => releaseStream(service, environment),
}
export const WAIVERS: StreamedModel<WaiverRow> = {
  model: waiverModel,
  streamOf: ({ waiver }) => waiverStream(waiver.waiverId),
}
export const LOSSES: StreamedModel<LossRow> = {
  model: lossModel,
  streamOf: ({ run, shard, fromNumber }) => lossStream(run, shard, fromNumber),
}

/** Returns what verdicts need of the log as of a position, `now` being the present then. */
export async function logAt(
  tx: Db,
  project: ProjectId,
  { position, now }: { readonly position: LogPosition; readonly now: EpochMs },
): Promise<LiveLog> {
  const log = new LiveLog()
  const policies = await rowsAt(tx, project, POLICIES, { position })
  const losses = await rowsAt(tx, project, LOSSES, { position })
  log.take({
    position,
    incidents: await rowsAt(tx, project, INCIDENTS, { position, where: `status <> 'resolved'` }),
    policies: policies.map(({ policyVersion: version, written, ...rest }) => ({
      ...rest,
      version,
      document: JSON.stringify(written),
    })),
    outcomes: await rowsAt(tx, project, OUTCOMES, { position }),
    releases: await rowsAt(tx, project, RELEASES, { position }),
    waivers: await rowsAt(tx, project, WAIVERS, { position }),
    losses: losses.filter(({ until }) => until > plusMs(now, -HOUR_MS)),
  })
  return log
}
