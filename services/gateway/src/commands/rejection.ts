import type {
  IncidentRejection,
  PolicyMisfit,
  PolicyRejection,
  ReleaseRejection,
} from '@portcullis/domain'
import type { IncidentWire } from '@portcullis/projections'

import { problem, type Problem } from '../problem/problem.ts'
import type { ApprovedReleaseBody } from '../routes/releases/release-body.ts'

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
      return ofSnooze(reason, 'Give an instant in the future.')
    case 'snooze_end_too_far':
      return ofSnooze(reason, 'Give an instant within 30 days from now.')
    case 'incident_already_open':
    case 'incident_already_acknowledged':
    case 'incident_already_resolved':
    case 'incident_not_open':
    case 'incident_not_resolved':
    case 'incident_at_max_level':
      return problem('INCIDENT_STATE_FORBIDS', { detail, more: { reason, state: incident } })
  }
}

/** What the escalator writes of policies that were not changed. */
export interface PolicyRefusal {
  readonly reason: PolicyRejection
  readonly misfits: readonly PolicyMisfit[]
}

/** More would not be read, and an answer must not grow with its question. */
const MISFITS_MAX = 100

/** Returns the problem that a refused change of policies is answered with. */
export function problemOfPolicyRefusal({ reason, misfits }: PolicyRefusal): Problem {
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

function ofSnooze(reason: IncidentRejection, fix: string): Problem {
  const errors = [{ field: '/until', message: REASONS[reason], fix }]
  return problem('INVALID_BODY', { errors, more: { reason } })
}
