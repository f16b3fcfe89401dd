import { SECOND_MS } from '@portcullis/contracts'

import type { Pace } from '../src/pace.ts'

/** A pace at which nobody waits: a pause is over at once, and its time has passed. */
export interface FakePace extends Pace {
  /** All pauses so far, in milliseconds. */
  readonly pauses: readonly number[]
  /** Limits of all questions so far, in milliseconds. */
  readonly limits: readonly number[]
  /** Whether something is still done every second. */
  isTicking(): boolean
  /** Lets the time of the newest limit pass, so that it aborts what runs under it. */
  expire(): void
}

interface FakePaceOptions {
  /** What happens at the end of a pause; counted from 1. */
  readonly onPause?: (count: number) => Promise<void> | void
  readonly share?: number
}

/** Returns a pace for commands under test. */
export function fakePace({ onPause = () => {}, share = 0 }: FakePaceOptions = {}): FakePace {
  let elapsedMs = 0
  const pauses: number[] = []
  const limits: number[] = []
  let newest = new AbortController()
  const ticking = new Set<() => void>()
  return {
    pauses,
    limits,
    elapsedMs: () => elapsedMs,
    pause: async (durationMs) => {
      const endMs = elapsedMs + durationMs
      while (elapsedMs + SECOND_MS <= endMs) {
        elapsedMs += SECOND_MS
        for (const work of ticking) work()
      }
      elapsedMs = endMs
      await onPause(pauses.push(durationMs))
    },
    limit: (durationMs) => {
      limits.push(durationMs)
      newest = new AbortController()
      return newest.signal
    },
    everySecond: (work) => {
      ticking.add(work)
      return () => void ticking.delete(work)
    },
    isTicking: () => ticking.size > 0,
    share: () => share,
    expire: () => {
      elapsedMs += limits.at(-1) ?? 0
      newest.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
    },
  }
}
