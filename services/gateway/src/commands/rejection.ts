import type {
  FreezeRejection,
  IncidentRejection,
  PolicyMisfit,
  PolicyRejection,
  ReleaseRejection,
  WaiverRejection,
} from '@portcullis/domain'
import type { IncidentWire } from '@portcullis/projections'

import { problem, type Problem } from '../problem/problem.ts'
import type { ApprovedReleaseBody } from '../routes/releases/release-body.ts'
import type { WaiverBody } from '../routes/waivers/schemas.ts'

/** Why each rejection is one, for people. */
const REASONS: Readonly<Record<IncidentRejection, string>> = {
  incident_not_found: 'there is no incident of that id',
  incident_already_open: 'an incident of that service, environment, route and kind is open already',
  incident_already_acknowledged: 'somebody else has acknowledged it',
  incident_already_resolved: 'it is resolved',
  incident_not_open: 'only an open incident can be snoozed or escalated, and it is acknowledged',
  incident_not_resolved: 'only a resolved incident can be reopened',
  incident_at_max_level: 'it is at the highest level already',
  snooze_end_in_past: 'the end of the snooze is over',
  snooze_end_too_far: 'a snooze lasts at most 30 days',
}

/** Returns the problem that a rejection of the domain is answered with: the one place that knows. */
export function problemOfRejection(
  reason: IncidentRejection,
  incident: IncidentWire | null,
): Problem {
  const detail = REASONS[reason]
  switch (reason) {
    case 'incident_not_found':
      return problem('NOT_FOUND', { detail, more: { reason } })
    case 'snooze_end_in_past':
      return ofUntil({ reason, message: detail, fix: 'Give an instant in the future.' })
    case 'snooze_end_too_far':
      return ofUntil({ reason, message: detail, fix: 'Give an instant within 30 days from now.' })
    case 'incident_already_open':
    case 'incident_already_acknowledged':
    case 'incident_already_resolved':
    case 'incident_not_open':
    case 'incident_not_resolved':
    case 'incident_at_max_level':
      return problem('INCIDENT_STATE_FORBIDS', { detail, more: { reason, state: incident } })
  }
}

/** What the escalator writes of policies that were not changed; misfits where they do not fit together. */
export interface PolicyRefusal {
  readonly reason: PolicyRejection | FreezeRejection
  readonly misfits?: readonly PolicyMisfit[]
}

/** More would not be read, and an answer must not grow with its question. */
const MISFITS_MAX = 100

/** Returns the problem that a refused change of policies is answered with. */
export function problemOfPolicyRefusal({ reason, misfits = [] }: PolicyRefusal): Problem {
  switch (reason) {
    case 'policy_not_found':
      return problem('NOT_FOUND', {
        detail: 'nothing of that kind and name is in force',
        more: { reason },
      })
    case 'policies_do_not_fit':
      return problem('POLICIES_DO_NOT_FIT', {
        more: { reason, misfits: misfits.slice(0, MISFITS_MAX) },
      })
    case 'freeze_not_found':
      return problem('NOT_FOUND', { detail: FREEZES[reason], more: { reason } })
    case 'freeze_end_in_past':
      return ofUntil({ reason, message: FREEZES[reason], fix: 'Give an instant in the future.' })
    case 'freeze_already_there':
    case 'freeze_has_ended':
    case 'freeze_comes_again':
      return problem('FREEZE_STATE_FORBIDS', { detail: FREEZES[reason], more: { reason } })
  }
}

const RELEASE_REASONS: Readonly<Record<ReleaseRejection, string>> = {
  release_not_found: 'no such version was ever seen or announced there',
  release_already_promoted: 'all traffic goes to it: it can be rolled back',
  release_already_finished: 'it is finished, and that run of it is over',
  release_already_rolled_back: 'it was rolled back; an announcement begins its next run',
  release_already_aborted: 'it was aborted; an announcement begins its next run',
  release_superseded: 'all traffic goes to a release after it; an announcement makes it the newest',
  release_approvals_full: 'it has 100 approvals, which is as many as are kept',
}

/** Returns the problem that a refused command on a release is answered with. */
export function problemOfReleaseRejection(
  reason: ReleaseRejection,
  state: ApprovedReleaseBody | null,
): Problem {
  const detail = RELEASE_REASONS[reason]
  if (reason === 'release_not_found') return problem('NOT_FOUND', { detail, more: { reason } })
  return problem('RELEASE_STATE_FORBIDS', { detail, more: { reason, state } })
}

const FREEZES: Readonly<Record<FreezeRejection, string>> = {
  freeze_already_there: 'a freeze of that name is in force',
  freeze_end_in_past: 'its end is over',
  freeze_not_found: 'no freeze of that name is in force',
  freeze_has_ended: 'it has ended already',
  freeze_comes_again: 'it comes again by its rule: remove it, or except a date',
}

/** Why each rejection of a waiver is one, for people. */
const WAIVERS: Readonly<Record<WaiverRejection, string>> = {
  waiver_not_found: 'there is no waiver of that id',
  waiver_already_granted: 'there is a waiver of that id already',
  waiver_end_in_past: 'its end is over',
  waiver_end_too_far: 'a waiver lasts at most 7 days',
  waiver_needs_another: 'whoever granted it cannot approve it',
  waiver_has_ended: 'it has ended',
  waiver_is_revoked: 'it is revoked',
}

/** Returns the problem that a refused command on a waiver is answered with. */
export function problemOfWaiverRejection(
  reason: WaiverRejection,
  waiver: WaiverBody | null,
): Problem {
  const detail = WAIVERS[reason]
  switch (reason) {
    case 'waiver_not_found':
      return problem('NOT_FOUND', { detail, more: { reason } })
    case 'waiver_end_in_past':
      return ofUntil({ reason, message: detail, fix: 'Give an instant in the future.' })
    case 'waiver_end_too_far':
      return ofUntil({ reason, message: detail, fix: 'Give an instant within 7 days from now.' })
    case 'waiver_needs_another':
      return problem('WAIVER_NEEDS_ANOTHER', { detail, more: { reason, state: waiver } })
    case 'waiver_already_granted':
    case 'waiver_has_ended':
    case 'waiver_is_revoked':
      return problem('WAIVER_STATE_FORBIDS', { detail, more: { reason, state: waiver } })
  }
}

function ofUntil(said: {
  readonly reason: string
  readonly message: string
  readonly fix: string
}): Problem {
  const { reason, message, fix } = said
  return problem('INVALID_BODY', { errors: [{ field: '/until', message, fix }], more: { reason } })
}
