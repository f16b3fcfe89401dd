import {
  isIncidentCommand,
  type OperationsCommand,
  type StoredCommand,
  UNDECIDABLE,
} from '@portcullis/contracts'
import type { IncidentRejection, ReleaseRejection, WaiverRejection } from '@portcullis/domain'
import {
  incidentWithNames,
  type IncidentWire,
  peopleOfIncident,
  type ReleaseRow,
  type WaiverRow,
} from '@portcullis/projections'
import type { Clock } from '@portcullis/runtime'

import type { PeopleSeal } from '../people-seal/people-seal.ts'
import { problem, type Problem } from '../problem/problem.ts'
import {
  type ApprovedReleaseBody,
  approvedReleaseBodyOf,
  peopleOfRelease,
} from '../routes/releases/release-body.ts'
import { waiverBodiesOf } from '../routes/waivers/waiver-body.ts'
import type { NamesFor } from '../store/names.ts'
import {
  type PolicyRefusal,
  problemOfPolicyRefusal,
  problemOfRejection,
  problemOfReleaseRejection,
  problemOfWaiverRejection,
} from './rejection.ts'

/**
 * What decided commands are answered with. `result` is what the escalator wrote, without names; it is
 * trusted, for nobody else writes it.
 */
export interface Rendering {
  /** Returns the status and body of a command that was done. */
  done(result: unknown): Promise<{ readonly status: number; readonly body: object }>
  /** Returns the problem of one that was refused. */
  rejected(result: unknown): Promise<Problem>
}

/** What it takes to show results to people. */
export interface Reading {
  readonly namesFor: NamesFor
  readonly seal: PeopleSeal
  readonly clock: Pick<Clock, 'now'>
}

/** Returns how a command is answered, by what was asked. */
export function renderingOf(command: StoredCommand, reading: Reading): Rendering {
  const { done, rejected } = isIncidentCommand(command)
    ? ofIncident(reading.namesFor)
    : OF_OPERATIONS[command.type](reading)
  return {
    done,
    rejected: async (result) => (isUndecidable(result) ? undecidable() : rejected(result)),
  }
}

function isUndecidable(result: unknown): boolean {
  return (result as { readonly reason: string }).reason === UNDECIDABLE
}

/** Why it is so is in the log of the escalator, with the correlation id of the request. */
function undecidable(): Problem {
  const detail = 'deciding the command failed, and would fail again: nothing of it happened'
  return problem('INTERNAL_ERROR', { detail, more: { reason: UNDECIDABLE } })
}

interface DoneIncident {
  readonly incident: IncidentWire
}

/** `incident` is null where there never was one. */
interface RejectedIncident {
  readonly reason: IncidentRejection
  readonly incident: IncidentWire | null
}

function ofIncident(namesFor: NamesFor): Rendering {
  const named = async (incident: IncidentWire): Promise<IncidentWire> =>
    incidentWithNames(incident, await namesFor(peopleOfIncident(incident)))
  return {
    done: async (result) => {
      const { incident } = result as DoneIncident
      return { status: 200, body: { ok: true, incident: await named(incident) } }
    },
    rejected: async (result) => {
      const { reason, incident } = result as RejectedIncident
      return problemOfRejection(reason, incident === null ? null : await named(incident))
    },
  }
}

interface DoneRelease {
  readonly release: ReleaseRow
  /** Of an announcement. */
  readonly is_new: boolean
}

/** `release` is null where there never was one. */
interface RejectedRelease {
  readonly reason: ReleaseRejection
  readonly release: ReleaseRow | null
}

/** What the version before, whose answers are kept for a while, did not write of a release. */
const NOT_TOLD = { labels: {}, run: 1, life: { status: 'running' }, approvals: [] } as const

function ofAnnouncement(namesFor: NamesFor): Rendering {
  return {
    ...plain(),
    done: async (result) => {
      const { release, is_new } = result as DoneRelease
      const body = await named(release, namesFor)
      return { status: is_new ? 201 : 200, body: { ok: true, is_new, release: body } }
    },
  }
}

function ofRelease(namesFor: NamesFor): Rendering {
  return {
    done: async (result) => {
      const { release } = result as DoneRelease
      return { status: 200, body: { ok: true, release: await named(release, namesFor) } }
    },
    rejected: async (result) => {
      const { reason, release } = result as RejectedRelease
      return problemOfReleaseRejection(
        reason,
        release === null ? null : await named(release, namesFor),
      )
    },
  }
}

async function named(release: ReleaseRow, namesFor: NamesFor): Promise<ApprovedReleaseBody> {
  const whole = { ...NOT_TOLD, ...release }
  return approvedReleaseBodyOf(whole, await namesFor(peopleOfRelease(whole)))
}

const ofPolicies: Rendering = {
  ...plain(),
  rejected: async (result) => problemOfPolicyRefusal(result as PolicyRefusal),
}

/** What can only be done. */
function plain(): Rendering {
  return {
    done: async (result) => ({ status: 200, body: { ok: true, ...(result as object) } }),
    rejected: async () => {
      throw new Error('a command was refused that cannot be')
    },
  }
}

interface DoneWaiver {
  readonly waiver: WaiverRow
  readonly is_new: boolean
}

/** `waiver` is null where there is none of that id. */
interface RejectedWaiver {
  readonly reason: WaiverRejection
  readonly waiver: WaiverRow | null
}

function ofWaiver(reading: Reading): Rendering {
  return {
    done: async (result) => {
      const { waiver, is_new } = result as DoneWaiver
      const [body] = await waiverBodiesOf([waiver], reading)
      return { status: is_new ? 201 : 200, body: { ok: true, waiver: body } }
    },
    rejected: async (result) => {
      const { reason, waiver } = result as RejectedWaiver
      const [body] = await waiverBodiesOf(waiver === null ? [] : [waiver], reading)
      return problemOfWaiverRejection(reason, body ?? null)
    },
  }
}

type MakeRendering = (reading: Reading) => Rendering

const releases: MakeRendering = ({ namesFor }) => ofRelease(namesFor)

const OF_OPERATIONS: Readonly<Record<OperationsCommand['type'], MakeRendering>> = {
  announce_release: ({ namesFor }) => ofAnnouncement(namesFor),
  promote_release: releases,
  finish_release: releases,
  rollback_release: releases,
  abort_release: releases,
  approve_release: releases,
  revoke_approval: releases,
  apply_policies: () => ofPolicies,
  remove_policy: () => ofPolicies,
  start_freeze: () => ofPolicies,
  end_freeze: () => ofPolicies,
  grant_waiver: ofWaiver,
  approve_waiver: ofWaiver,
  revoke_waiver: ofWaiver,
  recalc: plain,
  tick: plain,
}
