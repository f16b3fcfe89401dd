import { type EpochMs, MINUTE_MS } from '@portcullis/contracts'

import type { BudgetCounts } from './burn-rate.ts'
import { countSlices } from './error-budget.ts'

/** Of a minute: the bad ones, then all of them. */
const COLUMNS = 2

/** Minutes that are forgotten together. */
const SLACK_MINUTES = 24 * 60

/**
 * Good and bad requests by minute, over so many of the newest minutes: 16 bytes each. It has one owner, and changes in place;
 * counts are added in any order.
 */
export class MinuteCounts {
  readonly #minutes: number
  readonly #counts: Float64Array
  /** Number of the first minute that there is room for, since 1970. */
  #first: number

  /** `newest` is the present; of `minutes` before it everything is kept. */
  constructor(minutes: number, newest: EpochMs) {
    this.#minutes = minutes
    this.#counts = new Float64Array((minutes + SLACK_MINUTES) * COLUMNS)
    this.#first = minuteOf(newest) - minutes + 1
  }

  /** Adds to a minute; what is older than all that is kept is left out. */
  add(at: EpochMs, { bad, total }: BudgetCounts): void {
    const minute = minuteOf(at)
    if (minute < this.#first) return
    this.#makeRoom(minute)
    const place = (minute - this.#first) * COLUMNS
    this.#counts[place]! += bad
    this.#counts[place + 1]! += total
  }

  /** Returns what was counted from the minute of one instant to that of another, both included. */
  sum(from: EpochMs, to: EpochMs): BudgetCounts {
    const [begin, end] = this.#places(from, to)
    let bad = 0
    let total = 0
    // A month has 43,200 minutes: a generator takes ten times as long for them.
    for (let place = begin; place < end; place += COLUMNS) {
      bad += this.#counts[place]!
      total += this.#counts[place + 1]!
    }
    return { bad, total }
  }

  /** Returns how many of those minutes had requests, and how many of these were bad (`countSlices`). */
  slices(from: EpochMs, to: EpochMs, sliceTarget: number): BudgetCounts {
    return countSlices(this.#between(from, to), sliceTarget)
  }

  #places(from: EpochMs, to: EpochMs): readonly [begin: number, end: number] {
    const begin = Math.max(0, minuteOf(from) - this.#first) * COLUMNS
    return [begin, Math.min(this.#counts.length, (minuteOf(to) - this.#first + 1) * COLUMNS)]
  }

  *#between(from: EpochMs, to: EpochMs): Iterable<BudgetCounts> {
    const [begin, end] = this.#places(from, to)
    for (let place = begin; place < end; place += COLUMNS) {
      const total = this.#counts[place + 1]!
      if (total > 0) yield { bad: this.#counts[place]!, total }
    }
  }

  #makeRoom(minute: number): void {
    const room = this.#counts.length / COLUMNS
    if (minute < this.#first + room) return
    const first = minute - this.#minutes + 1
    const forgotten = (first - this.#first) * COLUMNS
    this.#counts.copyWithin(0, forgotten)
    this.#counts.fill(0, Math.max(0, this.#counts.length - forgotten))
    this.#first = first
  }
}

function minuteOf(at: EpochMs): number {
  return Math.floor(at / MINUTE_MS)
}
