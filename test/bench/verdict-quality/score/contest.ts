import { type Peer, PEERS } from '../judges/judge.ts'
import type { JudgeName, Results, Slice } from './results.ts'

/** So many healthy releases may be blocked: whoever blocks more is no peer. */
export const FALSE_BLOCKS_MAX = 0.01

/** How the product stands against its peers. */
export interface Contest {
  /** Shares of the healthy releases, and of the bad ones. */
  readonly falseBlocks: number
  readonly missed: number
  /** By the peer that misses least, of those within the limit. */
  readonly peerMissed: number
  /** Over the least that any setting of a peer has whose false blocks are within the limit; 0 where the peer has none to compare. */
  readonly timeRatio: number
  readonly missedRatio: number
}

/** Returns how often a judge blocks healthy releases. */
export function falseBlocksOf(results: Results, judge: JudgeName, slice: Slice = {}): number {
  return results.scores(judge, { ...slice, right: 'pass' }).blocked
}

/** Compares the product, which is the first judge, with the best of what its peers reach in each figure. */
export function contestOf(results: Results, slice: Slice = {}): Contest {
  const [ours, ...others] = results.judges
  const bad = { ...slice, right: 'block' } as const
  const peers = others
    .filter((judge) => falseBlocksOf(results, judge) <= FALSE_BLOCKS_MAX)
    .map((judge) => results.scores(judge, bad))
  const own = results.scores(ours!, bad)
  const peerMissed = Math.min(...peers.map(({ missed }) => missed))
  return {
    falseBlocks: falseBlocksOf(results, ours!, slice),
    missed: own.missed,
    peerMissed,
    timeRatio: ratio(own.medianS, Math.min(...peers.map(({ medianS }) => medianS))),
    missedRatio: ratio(own.missed, peerMissed),
  }
}

/** Returns one figure over another. What never ends is longer than all that ends. */
export function ratio(own: number, other: number): number {
  if (own === other) return 1
  return other === Number.POSITIVE_INFINITY ? 0 : own / other
}

/**
 * Returns the setting that does a peer most credit: of those within the limit the one that misses least; where none is, the one
 * that blocks the fewest healthy releases.
 */
export function bestSettings(results: Results): JudgeName[] {
  return PEERS.map((peer) => bestOf(peer, results))
}

function bestOf(peer: Peer, results: Results): JudgeName {
  const settings = results.judges
    .filter((judge) => judge.peer === peer)
    .map((judge) => ({
      judge,
      falseBlocks: falseBlocksOf(results, judge),
      missed: results.scores(judge, { right: 'block' }).missed,
    }))
  const fair = settings.filter(({ falseBlocks }) => falseBlocks <= FALSE_BLOCKS_MAX)
  const best =
    fair.length > 0
      ? fair.toSorted((a, b) => a.missed - b.missed)[0]
      : settings.toSorted((a, b) => a.falseBlocks - b.falseBlocks)[0]
  return best!.judge
}
