import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

import { allJudges } from '../judges/all-judges.ts'
import { FAMILIES } from '../release/families.ts'
import type { ReleaseKey } from '../release/law.ts'
import { type JudgedRelease, Results } from './results.ts'

/** Which releases are simulated: of every family and rate those with these seeds. */
export interface Seeds {
  readonly first: number
  readonly count: number
}

/** Requests per second. */
export const RATES = [1, 10, 100, 1_000] as const

/** Returns the releases of all families and rates, seed by seed. */
export function allReleases(
  { first, count }: Seeds,
  rates: readonly number[] = RATES,
): ReleaseKey[] {
  return Array.from({ length: count }, (_, nth) => first + nth).flatMap((seed) =>
    FAMILIES.flatMap(({ name }) => rates.map((rate) => ({ family: name, rate, seed }))),
  )
}

/** Shows releases to all judges, on as many cores as there are. The result is the same on any number of them. */
export async function runAll(
  keys: readonly ReleaseKey[],
  onDone: (done: number, one: JudgedRelease) => void = () => undefined,
): Promise<Results> {
  const judged = new Array<JudgedRelease>(keys.length)
  let next = 0
  let done = 0
  const lanes = Math.min(availableParallelism(), keys.length)
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      const worker = new Worker(new URL('worker.ts', import.meta.url))
      try {
        while (next < keys.length) {
          const index = next
          next += 1
          judged[index] = await judgedBy(worker, keys[index]!)
          done += 1
          onDone(done, judged[index])
        }
      } finally {
        await worker.terminate()
      }
    }),
  )
  const names = allJudges().map(({ peer, setting }) => ({ peer, setting }))
  return new Results(names, judged)
}

/** A worker has one release at a time. */
function judgedBy(worker: Worker, key: ReleaseKey): Promise<JudgedRelease> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (watched: JudgedRelease['watched']) => {
      worker.off('error', reject)
      resolve({ key, watched })
    })
    worker.postMessage(key)
  })
}
