import { setTimeout as delay } from 'node:timers/promises'

import { SECOND_MS } from '@portcullis/contracts'
import { randomShare } from '@portcullis/runtime'

/** How time passes for a command that waits, and what it leaves to chance. Tests pass their own. */
export interface Pace {
  /** Milliseconds since some moment. They never run backwards, as those of a wall clock may. */
  elapsedMs(): number
  pause(durationMs: number): Promise<void>
  /** Aborts what takes longer. */
  limit(durationMs: number): AbortSignal
  /** Calls `work` every second; returns what ends that. */
  everySecond(work: () => void): () => void
  /** A random number from 0 to 1. */
  share(): number
}

/** The machine's. */
export const systemPace: Pace = {
  elapsedMs: () => performance.now(),
  pause: async (durationMs) => delay(durationMs),
  // Which takes whole milliseconds alone.
  limit: (durationMs) => AbortSignal.timeout(Math.ceil(durationMs)),
  everySecond: (work) => {
    const timer = setInterval(work, SECOND_MS)
    return () => clearInterval(timer)
  },
  share: randomShare,
}
