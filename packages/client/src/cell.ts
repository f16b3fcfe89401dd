import { latencyBinOf } from './latency.ts'

// Upper bounds of what a cell and an entry of its maps take on the heap of Node 24: measured were 340
// to 520 bytes a cell of few entries and 24 to 40 an entry; a map that has just doubled takes 56.
const CELL_BYTES = 512
const ENTRY_BYTES = 56

/** What one route did in (a part of) one 10-second bucket. Cells of the same bucket add up. */
export class Cell {
  readonly route: string
  /** Epoch milliseconds. */
  readonly start: number
  readonly statuses = new Map<number, number>()
  readonly bins = new Map<number, number>()
  observations = 0
  sumUs = 0
  minUs = Number.MAX_SAFE_INTEGER
  maxUs = 0

  constructor(route: string, start: number) {
    this.route = route
    this.start = start
  }

  add(status: number, latencyUs: number): void {
    const bin = latencyBinOf(latencyUs)
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
    this.bins.set(bin, (this.bins.get(bin) ?? 0) + 1)
    this.observations += 1
    this.sumUs += latencyUs
    if (latencyUs < this.minUs) this.minUs = latencyUs
    if (latencyUs > this.maxUs) this.maxUs = latencyUs
  }

  /** What the cell takes on the heap, about. */
  get bytes(): number {
    return CELL_BYTES + ENTRY_BYTES * (this.statuses.size + this.bins.size)
  }

  /** The bucket as `POST /v1/request-metrics` takes it; bins and statuses in ascending order. */
  toJSON(): object {
    return {
      route: this.route,
      start: this.start,
      statuses: Object.fromEntries(ascending(this.statuses)),
      latency: {
        bins: ascending(this.bins),
        sum_us: this.sumUs,
        min_us: this.minUs,
        max_us: this.maxUs,
      },
    }
  }
}

function ascending(counts: Map<number, number>): [number, number][] {
  return [...counts].sort((a, b) => a[0] - b[0])
}
