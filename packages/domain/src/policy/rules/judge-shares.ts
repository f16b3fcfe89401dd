import type { Evidence, RouteName } from '@portcullis/contracts'

import { samplesToShowShare } from '../../statistics/samples-needed.ts'
import { wilsonInterval } from '../../statistics/wilson.ts'
import { percentOf, type RuleFinding } from '../rule-result.ts'

/** How many requests a route had, how many of them were bad, and which share of them is just allowed. */
export interface BadShare {
  readonly route: RouteName
  readonly bad: number
  readonly total: number
  /** Below 1. */
  readonly max: number
}

/** How shares are judged. */
export interface ShareTest {
  /** A number decides by the share alone, once there are as many; `auto` wants the excess to be beyond chance. */
  readonly minRequests: number | 'auto'
  /** What bad requests are, in words. */
  readonly badText: string
  /** What the evidence says beside the counts. */
  readonly evidence: Evidence
}

/**
 * Judges routes by their shares of bad requests. A route with enough requests stands for itself; those with fewer are
 * judged together, because many small ones are as much traffic as a large one. Where they are
 * too few even so, and some other route could be judged, they are passed over.
 */
export function judgeShares(shares: readonly BadShare[], test: ShareTest): RuleFinding[] {
  const seen = shares.filter(({ total }) => total > 0)
  if (seen.length === 0) return [nothingSeen(test)]
  const isEnough = (share: BadShare): boolean => share.total >= neededFor(share.max, test)
  const alone = seen.filter(isEnough).map((share) => judgeShare(share.route, share, test))
  const few = seen.filter((share) => !isEnough(share))
  // Few requests may be enough to show that a route is bad.
  const bad = few
    .map((share) => judgeShare(share.route, share, test))
    .filter(({ status }) => status === 'fail')
  const findings = [...alone, ...bad]
  if (bad.length > 0 || few.length === 0) return findings
  const together = sumOf(few)
  if (together.total < neededFor(together.max, test) && alone.length > 0) return findings
  const judged = judgeShare(few.length === 1 ? few[0]!.route : null, together, test)
  return [...findings, { ...judged, evidence: { ...judged.evidence, routes: few.length } }]
}

/** Returns how many requests a limit wants to see. */
function neededFor(max: number, { minRequests }: Pick<ShareTest, 'minRequests'>): number {
  if (minRequests !== 'auto') return minRequests
  // A single bad request breaks a limit of 0: one good one shows as much as a thousand.
  return max === 0 ? 1 : samplesToShowShare(max)
}

type Counts = Omit<BadShare, 'route'>

function sumOf(shares: readonly BadShare[]): Counts {
  const sum = { bad: 0, total: 0, allowed: 0 }
  for (const { bad, total, max } of shares) {
    sum.bad += bad
    sum.total += total
    sum.allowed += max * total
  }
  return { bad: sum.bad, total: sum.total, max: sum.allowed / sum.total }
}

function nothingSeen({ evidence }: ShareTest): RuleFinding {
  const need = 'traffic to judge by'
  return {
    route: null,
    status: 'undecided',
    reason: 'no_data',
    need,
    evidence: { ...evidence, requests: 0 },
  }
}

function judgeShare(
  route: RouteName | null,
  { bad, total, max }: Counts,
  test: ShareTest,
): RuleFinding {
  const { minRequests, badText } = test
  const share = bad / total
  const needed = neededFor(max, test)
  const { low } = wilsonInterval(bad, total)
  const evidence = {
    ...test.evidence,
    requests: total,
    bad,
    bad_pct: percentOf(share),
    max_pct: percentOf(max),
    needed_requests: needed,
    ...(minRequests === 'auto' ? { certain_pct: percentOf(low) } : {}),
  }
  const isOver = share > max
  if (isOver && (minRequests === 'auto' ? low > max : total >= minRequests)) {
    const need = `at most ${percentOf(max)} % ${badText}: it is ${percentOf(share)} %`
    return { route, status: 'fail', need, evidence }
  }
  if (!isOver && total >= needed) return { route, status: 'pass', evidence }
  const missing = needed - total
  const need =
    missing > 0
      ? `${missing} more requests`
      : `more requests: ${bad} of ${total} ${badText} could be chance`
  return { route, status: 'undecided', reason: 'too_few_samples', need, evidence }
}
