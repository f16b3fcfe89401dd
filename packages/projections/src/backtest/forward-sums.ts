import type { EpochMs } from '@portcullis/contracts'
import { type LimitBins, type RouteCells, SlidingCells } from '@portcullis/domain'

import {
  type OpenBatch,
  serviceKeyOf,
  type ServiceTraffic,
  type Windows,
} from '../traffic/windows.ts'

/** Sums of the windows of services, moved forward with them. */
export class ForwardSums {
  readonly #limits: LimitBins
  #services = new Map<string, SlidingCells>()

  constructor(limits: LimitBins) {
    this.#limits = limits
  }

  /** Takes in a batch that was folded into its window. */
  fold(batch: OpenBatch): void {
    this.#services.get(serviceKeyOf(batch))?.fold(batch.cells)
  }

  /** Moves on to an instant, and forgets services of which nothing is left. The windows must not have moved on yet. */
  slideTo(windows: Windows, asOf: EpochMs): void {
    for (const [key, sums] of this.#services) {
      const traffic = windows.get(key)
      if (traffic === undefined) this.#services.delete(key)
      else sums.slideTo(traffic.window, asOf)
    }
  }

  /** Returns what the routes of a service did in a window that ends at the instant of the last move. */
  of(traffic: ServiceTraffic, asOf: EpochMs, windowMs: number): RouteCells {
    const key = serviceKeyOf(traffic)
    let sums = this.#services.get(key)
    if (sums === undefined) this.#services.set(key, (sums = new SlidingCells(this.#limits)))
    return sums.cellsOver(traffic.window, asOf, windowMs)
  }
}
