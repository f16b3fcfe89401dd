import type { EpochMs, Outcome } from '@portcullis/contracts'

import type { Reason } from '../verdict/finding.ts'
import type { Verdict } from '../verdict/verdict.ts'

/** A verdict that is another one than before: what it said, and why. */
export interface TrackChange {
  readonly at: EpochMs
  readonly outcome: Outcome
  readonly pass: boolean
  /** Of its violations, each once, in their order. */
  readonly reasons: readonly Reason[]
}

/** How verdicts went over a time. */
export interface TrackSummary {
  readonly verdicts: number
  readonly outcomes: Readonly<Record<Outcome, number>>
  /** For how long releases would have been held. */
  readonly blockedMs: number
  /** The first verdict, and each that has another outcome or `pass` than the one before. */
  readonly changes: readonly TrackChange[]
}

/** Follows the verdicts of a policy from instant to instant. It has one owner, and changes in place. */
export class Track {
  readonly #changes: TrackChange[] = []
  readonly #outcomes: Record<Outcome, number> = { pass: 0, fail: 0, undecided: 0 }
  #blockedMs = 0

  /** Takes in a verdict that stands until the next one is asked for, `standsMs` later. */
  add({ as_of: at, outcome, pass, violations }: Verdict, standsMs: number): void {
    this.#outcomes[outcome] += 1
    if (!pass) this.#blockedMs += standsMs
    const last = this.#changes.at(-1)
    if (last?.outcome === outcome && last.pass === pass) return
    const reasons = [...new Set(violations.map(({ reason }) => reason))]
    this.#changes.push({ at, outcome, pass, reasons })
  }

  summary(): TrackSummary {
    const { pass, fail, undecided } = this.#outcomes
    return {
      verdicts: pass + fail + undecided,
      outcomes: { ...this.#outcomes },
      blockedMs: this.#blockedMs,
      changes: [...this.#changes],
    }
  }
}
