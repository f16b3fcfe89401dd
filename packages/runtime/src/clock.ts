import type { EpochMs } from '@portcullis/contracts'

/** Where shells get the time from. Tests pass one that they move themselves. */
export interface Clock {
  now(): EpochMs
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() as EpochMs }
