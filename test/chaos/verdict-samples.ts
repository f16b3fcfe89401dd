import type { Pool } from 'pg'

import type { Gateway } from '../e2e/system/gateway.ts'
import { type GuardAnswer, staleCausesOf } from '../e2e/system/guard.ts'
import { type Stated, verdictFromTruth } from '../e2e/system/verdict-from-truth.ts'

/** Verdicts about what has traffic, some of all that were given, to be computed again in the end. */
export interface VerdictSamples {
  /** Takes an answer, or leaves it out; one that was stale says less than what the log says. */
  take(gateway: Gateway, answer: GuardAnswer): void
  /** Returns what became of each verdict that the log does not give again. */
  faults(pool: Pool): Promise<string[]>
}

/** Each is computed from all batches of the run. */
const SAMPLES_MAX = 32

/** Keeps samples of a whole run of unknown length: when there are too many, every other one goes. */
export function createVerdictSamples(): VerdictSamples {
  let samples: { readonly gateway: string; readonly answer: GuardAnswer }[] = []
  let stride = 1
  let seen = 0
  return {
    take: (gateway, answer) => {
      if (answer.verdict.heads === null || staleCausesOf(answer).length > 0) return
      seen += 1
      if (seen % stride !== 0) return
      samples.push({ gateway: gateway.process.name, answer })
      if (samples.length < SAMPLES_MAX) return
      samples = samples.filter((_, nth) => nth % 2 === 1)
      stride *= 2
    },
    faults: async (pool) => {
      // A run in which nothing could be compared proves nothing.
      if (samples.length === 0) return ['No verdict about traffic was there to compare.']
      const faults: string[] = []
      for (const { gateway, answer } of samples) {
        const stated = answer.verdict as Stated
        const { etag, verdict } = await verdictFromTruth(pool, stated)
        if (etag === answer.headers.get('etag')) continue
        const both = `${JSON.stringify(stated)}, and by the log ${JSON.stringify(verdict)}`
        faults.push(`A verdict of ${gateway} is not what the log says: ${both}`)
      }
      return faults
    },
  }
}
