import type {
  EpochMs,
  EventData,
  OperationsCommand,
  PrincipalId,
  ReleaseEvent,
  Role,
} from '@portcullis/contracts'

import { hadAllTraffic, isAfter, newestRelease } from './live.ts'
import { isOver, type Release, type ReleaseLife } from './state.ts'

/** What may be asked of a release that is known. */
export type ReleaseCommand = Extract<
  OperationsCommand,
  {
    type:
      | 'promote_release'
      | 'finish_release'
      | 'rollback_release'
      | 'abort_release'
      | 'approve_release'
      | 'revoke_approval'
  }
>

/** Why something does not become of a release. Never renamed or used again. */
export const RELEASE_REJECTIONS = [
  'release_not_found',
  'release_already_promoted',
  'release_already_finished',
  'release_already_rolled_back',
  'release_already_aborted',
  'release_superseded',
  'release_approvals_full',
] as const
export type ReleaseRejection = (typeof RELEASE_REJECTIONS)[number]

/** Far more than a rule can ask for; each is in every answer. */
export const APPROVALS_MAX = 100

/** No event where it is so already: the command was repeated. */
export type ReleaseDecision =
  | { readonly events: readonly ReleaseEvent[] }
  | { readonly rejected: ReleaseRejection }

/** What a command is decided by. */
export interface ReleaseContext {
  /** Those of the service and environment, the one that the command names among them where it is known. */
  readonly releases: readonly Release[]
  /** Who asks. */
  readonly by: PrincipalId
  readonly now: EpochMs
}

const REPEATED: ReleaseDecision = { events: [] }

/** Decides what becomes of a release; see `ReleaseLife` for its states and the ways between them. */
export function decideReleaseCommand(
  command: ReleaseCommand,
  { releases, by, now }: ReleaseContext,
): ReleaseDecision {
  const release = releases.find(({ version }) => version === command.version)
  if (release === undefined) return { rejected: 'release_not_found' }
  const { service, environment, version } = release
  const told: Told = { service, environment, version, at: now, note: command.note }
  switch (command.type) {
    case 'promote_release':
      return decideAdvance(release, releases, { type: 'release.promoted', data: told })
    case 'finish_release':
      return decideAdvance(release, releases, { type: 'release.finished', data: told })
    case 'rollback_release':
      return decideRollback(release, releases, told)
    case 'abort_release':
      return decideAbort(release, told)
    case 'approve_release':
      return decideApproval(release, { by, role: command.role }, told)
    case 'revoke_approval':
      return decideRevocation(release, by, told)
  }
}

type Told = EventData<'release.promoted'>
type Advance = Extract<ReleaseEvent, { type: 'release.promoted' | 'release.finished' }>

function decideAdvance(
  release: Release,
  releases: readonly Release[],
  event: Advance,
): ReleaseDecision {
  if (`release.${release.life.status}` === event.type) return REPEATED
  if (isOver(release)) return forbidden(release.life)
  if (isSuperseded(release, releases)) return { rejected: 'release_superseded' }
  return { events: [event] }
}

/** A finished one can be taken back, too: that it is bad may show only then. */
function decideRollback(
  release: Release,
  releases: readonly Release[],
  data: Told,
): ReleaseDecision {
  const { life } = release
  if (life.status === 'rolled_back') return REPEATED
  if (life.status === 'aborted') return forbidden(life)
  const to = versionBefore(release, releases)
  return { events: [{ type: 'release.rolled_back', data: { ...data, to } }] }
}

function decideAbort(release: Release, data: Told): ReleaseDecision {
  if (release.life.status === 'aborted') return REPEATED
  if (release.life.status !== 'running') return forbidden(release.life)
  return { events: [{ type: 'release.aborted', data }] }
}

/** Whoever said yes to this run has said it, and renews nothing: not the time, and not the role. */
function decideApproval(
  release: Release,
  { by, role }: { readonly by: PrincipalId; readonly role: Role },
  data: Told,
): ReleaseDecision {
  if (release.approvals.some((one) => one.by === by)) return REPEATED
  if (isOver(release)) return forbidden(release.life)
  if (release.approvals.length >= APPROVALS_MAX) return { rejected: 'release_approvals_full' }
  return { events: [{ type: 'release.approved', data: { ...data, by, role } }] }
}

function decideRevocation(release: Release, by: PrincipalId, data: Told): ReleaseDecision {
  if (!release.approvals.some((one) => one.by === by)) return REPEATED
  if (isOver(release)) return forbidden(release.life)
  return { events: [{ type: 'release.approval_revoked', data: { ...data, by } }] }
}

/** All traffic goes to a release after it: for it to go there again, it must go live again. */
function isSuperseded(release: Release, releases: readonly Release[]): boolean {
  return releases.some((other) => isAfter(other, release) && hadAllTraffic(other))
}

/** Returns what is live again without a release: nothing changes where another one went live since. */
function versionBefore(release: Release, releases: readonly Release[]) {
  if (newestRelease(releases)?.version !== release.version) return null
  const others = releases.filter((other) => other.version !== release.version)
  return newestRelease(others)?.version ?? null
}

type LaterStatus = Exclude<ReleaseLife['status'], 'running'>

const ALREADY: Readonly<Record<LaterStatus, ReleaseRejection>> = {
  promoted: 'release_already_promoted',
  finished: 'release_already_finished',
  rolled_back: 'release_already_rolled_back',
  aborted: 'release_already_aborted',
}

function forbidden({ status }: { readonly status: LaterStatus }): ReleaseDecision {
  return { rejected: ALREADY[status] }
}
