import type {
  EnvironmentName,
  EpochMs,
  IncidentId,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'

import type { Reason } from '../verdict/finding.ts'

/** An opening of an incident. */
export interface IncidentSpan {
  readonly id: IncidentId
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly openedAt: EpochMs
  /** When it was resolved, or the end of what is looked at. */
  readonly endedAt: EpochMs
}

/** A release that happened, and what a policy would have said of it. */
export interface TriedRelease {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly version: VersionName
  readonly at: EpochMs
  readonly isHeld: boolean
  readonly reasons: readonly Reason[]
}

/** A release with the incidents that followed it. */
export type ScoredRelease = TriedRelease & { readonly incidents: readonly IncidentSpan[] }

/** How well a policy would have told apart releases that incidents followed. */
export interface ReleaseScore {
  readonly releases: readonly ScoredRelease[]
  readonly held: number
  /** An incident followed. */
  readonly followed: number
  readonly heldAndFollowed: number
  /** Of those held, which share an incident followed; null where none was held. */
  readonly precision: number | null
  /** Of those that an incident followed, which share was held; null where none was followed. */
  readonly recall: number | null
  /** For how long the incidents that followed held releases were open, each counted once. */
  readonly incidentMs: number
}

/**
 * Scores releases by the incidents of their service that opened within `horizonMs` after them. That one followed the other
 * is all that is known: it may have had another cause.
 */
export function scoreReleases(
  releases: readonly TriedRelease[],
  incidents: readonly IncidentSpan[],
  horizonMs: number,
): ReleaseScore {
  const scored = releases.map((release): ScoredRelease => ({
    ...release,
    incidents: incidents.filter((one) => isAfter(one, release, horizonMs)),
  }))
  const held = scored.filter(({ isHeld }) => isHeld)
  const followed = scored.filter((one) => one.incidents.length > 0)
  const heldAndFollowed = followed.filter(({ isHeld }) => isHeld)
  const avoided = new Set(heldAndFollowed.flatMap((one) => one.incidents))
  return {
    releases: scored,
    held: held.length,
    followed: followed.length,
    heldAndFollowed: heldAndFollowed.length,
    precision: held.length === 0 ? null : heldAndFollowed.length / held.length,
    recall: followed.length === 0 ? null : heldAndFollowed.length / followed.length,
    incidentMs: [...avoided].reduce((sum, one) => sum + one.endedAt - one.openedAt, 0),
  }
}

function isAfter(
  { service, environment, openedAt }: IncidentSpan,
  release: TriedRelease,
  horizonMs: number,
): boolean {
  return (
    service === release.service &&
    environment === release.environment &&
    openedAt > release.at &&
    openedAt <= release.at + horizonMs
  )
}
