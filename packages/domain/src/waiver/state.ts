import type {
  EpochMs,
  EventData,
  PrincipalId,
  RecordedEvent,
  WaiverEvent,
} from '@portcullis/contracts'

/**
 * What is known of a waiver, whatever its status.
 *
 * A waiver is pending until a second person approves it, where it needs one; then it is active until its end, or until
 * somebody revokes it. That it ended is nowhere written: whoever asks brings the instant.
 */
export interface WaiverFacts extends EventData<'waiver.granted'> {
  readonly grantedBy: PrincipalId
  readonly grantedAt: EpochMs
}

export interface Approval {
  readonly approvedBy: PrincipalId
  readonly approvedAt: EpochMs
}

export interface PendingWaiver extends WaiverFacts {
  readonly status: 'pending'
}

export interface ActiveWaiver extends WaiverFacts {
  readonly status: 'active'
  /** Null where it needed none. */
  readonly approval: Approval | null
}

export interface RevokedWaiver extends WaiverFacts {
  readonly status: 'revoked'
  readonly approval: Approval | null
  readonly revokedBy: PrincipalId
  readonly revokedAt: EpochMs
}

/** As its events left it. */
export type Waiver = PendingWaiver | ActiveWaiver | RevokedWaiver

/** What a waiver is at an instant. */
export type WaiverStatus = Waiver['status'] | 'ended'
export const WAIVER_STATUSES = ['pending', 'active', 'ended', 'revoked'] as const

/** Returns what a waiver is at an instant: one that nobody revoked ends by itself, approved or not. */
export function waiverStatusAt({ status, until }: Waiver, asOf: EpochMs): WaiverStatus {
  return status !== 'revoked' && asOf >= until ? 'ended' : status
}

/** Returns a waiver after an event. Throws for a stream that does not begin with its grant. */
export function evolveWaiver(
  waiver: Waiver | undefined,
  { type, data, meta, recordedAt }: RecordedEvent<WaiverEvent>,
): Waiver {
  const by = meta.actor.id
  if (type === 'waiver.granted') {
    const facts = { ...data, grantedBy: by, grantedAt: recordedAt }
    return data.needsSecond
      ? { ...facts, status: 'pending' }
      : { ...facts, status: 'active', approval: null }
  }
  if (waiver === undefined) throw new Error(`a waiver cannot begin with ${type}`)
  if (type === 'waiver.approved') {
    return { ...waiver, status: 'active', approval: { approvedBy: by, approvedAt: recordedAt } }
  }
  const approval = waiver.status === 'pending' ? null : waiver.approval
  return { ...waiver, status: 'revoked', approval, revokedBy: by, revokedAt: recordedAt }
}
