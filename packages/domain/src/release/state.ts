import type {
  EnvironmentName,
  EpochMs,
  EventData,
  Labels,
  PrincipalId,
  ReleaseEvent,
  Role,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'

/**
 * What became of a release, a version of a service in an environment:
 *
 * - `running`: it was announced, or seen in metrics, and gets some of the traffic, or all of it: nobody said more.
 * - `promoted`: all traffic goes to it, and it is still watched.
 * - `finished`: it is the baseline now, with which the next one is compared. Its run is over.
 * - `rolled_back`: it was live and was taken back; `to` is what went live again in its place. Its run is over.
 * - `aborted`: it never went further than some of the traffic. Its run is over.
 *
 * running -> promoted -> finished, and running -> finished; running, promoted and finished -> rolled_back;
 * running -> aborted. An announcement of a version whose run is over begins its next run, and that is `running`.
 */
export type ReleaseLife =
  | { readonly status: 'running' }
  | { readonly status: 'promoted'; readonly since: EpochMs }
  | { readonly status: 'finished' | 'aborted'; readonly since: EpochMs }
  | { readonly status: 'rolled_back'; readonly since: EpochMs; readonly to: VersionName | null }

/** A life whose run is over. */
type EndedLife = Exclude<ReleaseLife, { status: 'running' | 'promoted' }>

/** Somebody's yes to a run of a release, with the role that they had then. */
export interface GivenApproval {
  readonly by: PrincipalId
  readonly role: Role
  readonly at: EpochMs
}

/** What makes a version known: a sight of it in metrics, or an announcement over HTTP. */
export type Announcement = EventData<'release.announced'>

/** A version of a service in an environment. */
export interface Release {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly version: VersionName
  readonly commit: string | null
  readonly url: string | null
  readonly labels: Labels
  readonly source: Announcement['source']
  /** When it last went live, as far as is known. */
  readonly at: EpochMs
  /** 1, 2, 3 …: how often it was begun. */
  readonly run: number
  readonly life: ReleaseLife
  /** Of this run, in their order; one a person or key. */
  readonly approvals: readonly GivenApproval[]
}

/** Whether a run of a release is over: an announcement begins the next one. */
export function isOver(release: Release): release is Release & { readonly life: EndedLife } {
  const { status } = release.life
  return status !== 'running' && status !== 'promoted'
}

/** Whether a release was found no good: it is not live, and nothing is rolled back to it. */
export function isTakenBack({ life: { status } }: Release): boolean {
  return status === 'rolled_back' || status === 'aborted'
}

/**
 * Returns a release after an event that names it. An announcement adds to what was known of the version; a
 * roll-back of another version to this one makes it live again, and changes nothing else of it.
 *
 * Throws where anything but an announcement comes first: nobody decided such an event.
 */
export function evolveRelease(release: Release | undefined, event: ReleaseEvent): Release {
  if (event.type === 'release.announced') return announced(release, event.data)
  if (release === undefined) throw new Error(`${event.type} of a release that was never announced`)
  const { at: since } = event.data
  switch (event.type) {
    case 'release.promoted':
      return { ...release, life: { status: 'promoted', since } }
    case 'release.finished':
      return { ...release, life: { status: 'finished', since } }
    case 'release.aborted':
      return { ...release, life: { status: 'aborted', since } }
    case 'release.rolled_back': {
      const { version, to } = event.data
      if (release.version === version) {
        return { ...release, life: { status: 'rolled_back', since, to } }
      }
      // What was announced for a moment to come stays the newest for which it was taken.
      return { ...release, at: Math.max(release.at, since) as EpochMs }
    }
    case 'release.approved': {
      const { by, role, at } = event.data
      return { ...release, approvals: [...release.approvals, { by, role, at }] }
    }
    case 'release.approval_revoked': {
      const { by } = event.data
      return { ...release, approvals: release.approvals.filter((one) => one.by !== by) }
    }
  }
}

function announced(release: Release | undefined, data: Announcement): Release {
  if (release === undefined) return { ...data, run: 1, life: { status: 'running' }, approvals: [] }
  if (data.source === 'metrics') return release
  const told: Release = {
    ...release,
    ...data,
    commit: data.commit ?? release.commit,
    url: data.url ?? release.url,
    labels: saysLabels(data) ? data.labels : release.labels,
  }
  if (!isOver(release)) return told
  return { ...told, run: release.run + 1, life: { status: 'running' }, approvals: [] }
}

/** No label at all says nothing of them: older events have none, and a repeated announcement may leave them out. */
export function saysLabels({ labels }: Pick<Announcement, 'labels'>): boolean {
  return Object.keys(labels).length > 0
}
