import { type CellLaw, cellsOf, planOf, type ReleaseKey, WATCHED_BUCKETS } from '../release/law.ts'

/** What is so without the defect, and with it. */
export type Pair = readonly [healthy: number, bad: number]

/** Requests of which all that tells a bad release from a healthy one is known. */
export interface Evidence {
  /** Mean of their number, which is a Poisson count. */
  readonly requests: Pair
  /** Share of the errors, and the mean size of the bursts in which they come. */
  readonly errors: Pair
  readonly burst: number
  /** Share of those that take much longer. */
  readonly tail: Pair
  /** How far the defect moves the logarithm of all latencies, in standard deviations. */
  readonly shift: number
}

/** Returns all in which a release with its defect differs from the same release without it. Of requests with the same laws the sum is as good as each. */
export function evidenceOf(key: ReleaseKey): Evidence[] {
  const plan = planOf(key)
  const sums = new Map<string, Evidence>()
  for (let bucket = 0; bucket < WATCHED_BUCKETS; bucket += 1) {
    for (const { law, healthy } of cellsOf(plan, bucket)) {
      const evidence = differenceOf(healthy, law)
      if (tellsNothing(evidence)) continue
      const laws = lawsOf(evidence)
      const sum = sums.get(laws)
      sums.set(laws, sum === undefined ? evidence : withMore(sum, evidence))
    }
  }
  return [...sums.values()]
}

function differenceOf(healthy: CellLaw, bad: CellLaw): Evidence {
  const { medianUs, sigma } = healthy.latency
  return {
    requests: [healthy.requests, bad.requests],
    errors: [healthy.errorShare, bad.errorShare],
    burst: healthy.burst,
    tail: [healthy.tail, bad.tail],
    shift: Math.log(bad.latency.medianUs / medianUs) / sigma,
  }
}

function tellsNothing({ requests, errors, tail, shift }: Evidence): boolean {
  return shift === 0 && [requests, errors, tail].every(([healthy, bad]) => healthy === bad)
}

/** What the sums of two have in common: digits beyond the twelfth are of the rounding. */
function lawsOf({ requests, errors, burst, tail, shift }: Evidence): string {
  const laws = [requests[1] / requests[0], ...errors, burst, ...tail, shift]
  return laws.map((law) => law.toPrecision(12)).join(' ')
}

function withMore(sum: Evidence, more: Evidence): Evidence {
  const [healthy, bad] = sum.requests
  return { ...sum, requests: [healthy + more.requests[0], bad + more.requests[1]] }
}
