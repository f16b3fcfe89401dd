import type { EpochMs } from '@portcullis/contracts'
import type { Clock } from '@portcullis/runtime'

/** A clock that stands still until it is moved. */
export type FakeClock = Clock &
  Readonly<{
    /** Moves the clock by `ms`, which may be negative: clocks of machines are set back, too. */
    advance: (ms: number) => void
    set: (to: EpochMs) => void
  }>

/** 2026-01-05T09:00:00Z, a Monday morning. */
const START = 1_767_603_600_000 as EpochMs

/** Returns a clock for shells under test. */
export function fakeClock(start: EpochMs = START): FakeClock {
  let now = start
  return {
    now: () => now,
    advance: (ms) => {
      now = (now + ms) as EpochMs
    },
    set: (to) => {
      now = to
    },
  }
}
