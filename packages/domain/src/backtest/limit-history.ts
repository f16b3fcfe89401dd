import type { Outcome } from '@portcullis/contracts'

/** Instants that must have been judged before a limit is made of them. */
export const JUDGED_MIN = 100
/** The share of the instants with traffic that must be judged with a limit: one that needs more requests than there are is none. */
const JUDGED_SHARE_MIN = 0.5

/** What a rule would have said with a limit. */
export interface LimitFigures {
  /** As policies write it. */
  readonly limit: string
  /** Instants at which it could tell: how many those are depends on the limit. */
  readonly judged: number
  /** Of these, how many would have been blocked. */
  readonly failed: number
  /** Instants with traffic, and too little of it. */
  readonly undecided: number
}

/** Why no limit can be made. */
export type NoLimit = 'too_little_history' | 'too_little_traffic' | 'blocks_more'

/** A limit made of a history. */
export interface SuggestedLimit {
  /** The instants that were looked at. */
  readonly instants: number
  /** Of these, those without a request. */
  readonly silent: number
  /** With the suggested limit; null where there is none. */
  readonly suggested: LimitFigures | null
  /** Null where there is one. */
  readonly why: NoLimit | null
  /** Why it is no smaller one: that blocks more, or wants more requests than there are; null for the smallest of all. */
  readonly heldBy: 'blocks' | 'traffic' | null
  /** Of the instants that are judged, half would have been blocked with a smaller limit; null where half are with any. */
  readonly median: string | null
  /** With this one none would have been; null where one is with any. */
  readonly worst: string | null
}

/** Counts what a rule says with each of some limits, from instant to instant. It has one owner, and changes in place. */
export class LimitHistory {
  readonly #limits: readonly string[]
  readonly #failed: number[]
  readonly #judged: number[]
  #instants = 0
  #silent = 0

  /** `limits`: as policies write them, the smallest first. */
  constructor(limits: readonly string[]) {
    this.#limits = limits
    this.#failed = limits.map(() => 0)
    this.#judged = limits.map(() => 0)
  }

  /** Takes in what the rule says at an instant with each limit, in their order; null where there was no request. */
  add(outcomes: readonly Outcome[] | null): void {
    this.#instants += 1
    if (outcomes === null) this.#silent += 1
    for (const [nth, outcome] of (outcomes ?? []).entries()) {
      if (outcome === 'undecided') continue
      this.#judged[nth]! += 1
      if (outcome === 'fail') this.#failed[nth]! += 1
    }
  }

  /** Returns the smallest limit at which, as at all above it, at most a share of the judged instants is blocked. */
  suggestion(blocks: number): SuggestedLimit {
    const nth = this.#smallest(blocks)
    return {
      instants: this.#instants,
      silent: this.#silent,
      suggested: nth === null ? null : this.figuresAt(nth),
      why: nth === null ? this.#whyNone() : null,
      heldBy: nth === null ? null : this.#heldBy(nth),
      median: this.#limitFor(0.5),
      worst: this.#limitFor(0),
    }
  }

  /** Returns what the rule would have said with the nth limit. */
  figuresAt(nth: number): LimitFigures {
    const judged = this.#judged[nth]!
    const undecided = this.#instants - this.#silent - judged
    return { limit: this.#limits[nth]!, judged, failed: this.#failed[nth]!, undecided }
  }

  /** With a looser limit a rule may say worse, for it judges other routes: so all above it are looked at. */
  #smallest(blocks: number): number | null {
    const tooTight = this.#limits.findLastIndex((_limit, nth) => {
      return !this.#isJudged(nth) || this.#failed[nth]! / this.#judged[nth]! > blocks
    })
    return tooTight === this.#limits.length - 1 ? null : tooTight + 1
  }

  #isJudged(nth: number): boolean {
    const seen = this.#instants - this.#silent
    return this.#judged[nth]! >= Math.max(JUDGED_MIN, seen * JUDGED_SHARE_MIN)
  }

  #whyNone(): NoLimit {
    const loosest = this.#limits.length - 1
    if (this.#judged[loosest]! < JUDGED_MIN) return 'too_little_history'
    return this.#isJudged(loosest) ? 'blocks_more' : 'too_little_traffic'
  }

  #heldBy(nth: number): SuggestedLimit['heldBy'] {
    if (nth === 0) return null
    return this.#isJudged(nth - 1) ? 'blocks' : 'traffic'
  }

  #limitFor(blocks: number): string | null {
    const nth = this.#smallest(blocks)
    return nth === null ? null : this.#limits[nth]!
  }
}
