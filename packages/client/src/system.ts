import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'

/** Time, randomness and ids, as an argument, so that tests can say what they are. */
export interface System {
  /** Epoch milliseconds. */
  now(): number
  /** Milliseconds that never run backwards, from any start: for waits and deadlines. */
  monotonicMs(): number
  /** Uniform in [0, 1). */
  random(): number
  uuid(): string
}

/** The machine's own. The package has no run-time dependency, so this is its only home of both. */
export const realSystem: System = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  uuid: () => randomUUID(),
}
