import type { Outcome } from '@portcullis/contracts'

import type { Seen } from './seen.ts'

/** Whoever may say whether a release goes on. */
export interface Judge {
  /** Who it is. */
  readonly peer: Peer
  /** How it is set. */
  readonly setting: string
  /** Returns what is asked after every bucket of one release, in their order; `fail` blocks it. */
  readonly begin: () => (seen: Seen) => Outcome
}

export const PEERS = [
  'portcullis',
  'first system',
  'fixed thresholds',
  'Kayenta',
  'peeked test',
] as const
export type Peer = (typeof PEERS)[number]
