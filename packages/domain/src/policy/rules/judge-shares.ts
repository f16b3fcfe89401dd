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
  const neededFor = neededBy(test)
  const judge = (route: RouteName | null, counts: Counts): RuleFinding =>
    judgeShare(route, { counts, needed: neededFor(counts.max) }, test)
  const findings: RuleFinding[] = []
  const few: BadShare[] = []
  for (const share of shares) {
    if (share.total === 0) continue
    if (share.total < neededFor(share.max)) few.push(share)
    else findings.push(judge(share.route, share))
  }
  if (few.length === 0) return findings.length > 0 ? findings : [nothingSeen(test)]
  // Few requests may be enough to show that a route is bad.
  const bad = few
    .map((share) => judge(share.route, share))
    .filter(({ status }) => status === 'fail')
  if (bad.length > 0) return [...findings, ...bad]
  const together = sumOf(few)
  if (together.total < neededFor(together.max) && findings.length > 0) return findings
  const judged = judge(few.length === 1 ? few[0]!.route : null, together)
  return [...findings, { ...judged, evidence: { ...judged.evidence, routes: few.length } }]
}

/** Returns how many requests a limit wants to see. Most routes have the same one. */
function neededBy({ minRequests }: Pick<ShareTest, 'minRequests'>): (max: number) => number {
  if (minRequests !== 'auto') return () => minRequests
  let last = { max: Number.NaN, needed: 0 }
  return (max) => {
    // A single bad request breaks a limit of 0: one good one shows as much as a thousand.
    if (max !== last.max) last = { max, needed: max === 0 ? 1 : samplesToShowShare(max) }
    return last.needed
  }
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

/** What is judged, and how many requests its limit wants to see. */
interface Judged {
  readonly counts: Counts
  readonly needed: number
}

function judgeShare(route: RouteName | null, judged: Judged, test: ShareTest): RuleFinding {
  const { needed } = judged
  const { bad, total, max } = judged.counts
  const { minRequests, badText } = test
  const isOver = bad / total > max
  if (!isOver && total >= needed) {
    // Most of what is looked at passes, and its numbers are read where somebody wants them explained.
    return {
      route,
      status: 'pass',
      get evidence() {
        return evidenceOf(judged, test)
      },
    }
  }
  const evidence = evidenceOf(judged, test)
  const isShown =
    minRequests === 'auto' ? wilsonInterval(bad, total).low > max : total >= minRequests
  if (isOver && isShown) {
    const need = `at most ${percentOf(max)} % ${badText}: it is ${percentOf(bad / total)} %`
    return { route, status: 'fail', need, evidence }
  }
  const missing = needed - total
  const need =
    missing > 0
      ? `${missing} more requests`
      : `more requests: ${bad} of ${total} ${badText} could be chance`
  return { route, status: 'undecided', reason: 'too_few_samples', need, evidence }
}

function evidenceOf({ counts: { bad, total, max }, needed }: Judged, test: ShareTest): Evidence {
  return {
    ...test.evidence,
    requests: total,
    bad,
    bad_pct: percentOf(bad / total),
    max_pct: percentOf(max),
    needed_requests: needed,
    ...(test.minRequests === 'auto'
      ? { certain_pct: percentOf(wilsonInterval(bad, total).low) }
      : {}),
  }
}
