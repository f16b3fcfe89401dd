import { Cell } from './cell.ts'
import { latencyUsOf } from './latency.ts'
import type { Losses } from './losses.ts'
import type { RouteSlot, RouteTable } from './route-table.ts'

/** Width of a bucket, as the gateway folds. */
export const BUCKET_MS = 10_000

export interface RecorderLimits {
  readonly bufferBytesMax: number
  readonly bufferAgeMsMax: number
}

/**
 * Folds observations into cells, and keeps those that wait to be sent.
 *
 * A cell is open while observations of its bucket arrive. It is closed when the next bucket begins
 * or when a batch is cut; closed cells wait in the order in which they were closed. While the
 * gateway is away no batch is cut, so that a route costs one cell per 10 seconds, not per second.
 */
export class Recorder {
  readonly #routes: RouteTable
  readonly #losses: Losses
  readonly #limits: RecorderLimits
  readonly #now: () => number
  readonly #closed: Cell[] = []
  #closedBytes = 0
  #recorded = 0
  #isEnded = false

  constructor(
    routes: RouteTable,
    losses: Losses,
    options: { limits: RecorderLimits; now: () => number },
  ) {
    this.#routes = routes
    this.#losses = losses
    this.#limits = options.limits
    this.#now = options.now
  }

  /** The hot path: it makes no object but the first cell of a route after a batch was cut. */
  record(method: string, template: string | undefined, status: number, durationMs: number): void {
    const route = this.#routes.find(method, template)
    if (route.ignored) return
    this.#recorded += 1
    if (this.#isEnded || !isStatus(status) || !(durationMs >= 0)) {
      this.#losses.add(this.#isEnded ? 'closed' : 'invalid', 1)
      return
    }
    const now = this.#now()
    const start = now - (now % BUCKET_MS)
    const open = route.cell
    const cell = open !== undefined && open.start === start ? open : this.#open(route, start)
    cell.add(status, latencyUsOf(durationMs))
  }

  /** Closes all open cells, so that `take` gives what was recorded until now. */
  closeOpen(): void {
    for (const route of this.#routes.slots()) this.#close(route)
  }

  /** From now on what is recorded counts as dropped. */
  end(): void {
    this.#isEnded = true
  }

  /** Removes and returns the oldest closed cells, `cellsMax` at most. */
  take(cellsMax: number): Cell[] {
    const taken = this.#closed.splice(0, cellsMax)
    for (const cell of taken) this.#closedBytes -= cell.bytes
    return taken
  }

  /** Drops closed cells whose bucket ended longer ago than the buffer's age. */
  dropOld(): void {
    const oldest = this.#now() - this.#limits.bufferAgeMsMax - BUCKET_MS
    while (this.#closed[0] !== undefined && this.#closed[0].start < oldest) this.#drop('too_old')
  }

  /** Observations that were recorded, the invalid ones too. */
  get recorded(): number {
    return this.#recorded
  }

  /** What waits, open and closed, in observations and (about) bytes of the heap. */
  get waiting(): { observations: number; bytes: number } {
    const sum = { observations: 0, bytes: this.#closedBytes }
    for (const cell of this.#closed) sum.observations += cell.observations
    for (const { cell } of this.#routes.slots()) {
      sum.observations += cell?.observations ?? 0
      sum.bytes += cell?.bytes ?? 0
    }
    return sum
  }

  #open(route: RouteSlot, start: number): Cell {
    this.#close(route)
    route.cell = new Cell(route.name, start)
    return route.cell
  }

  #close(route: RouteSlot): void {
    if (route.cell === undefined) return
    this.#closed.push(route.cell)
    this.#closedBytes += route.cell.bytes
    route.cell = undefined
    while (this.#closedBytes > this.#limits.bufferBytesMax) this.#drop('buffer_full')
  }

  #drop(reason: 'buffer_full' | 'too_old'): void {
    for (const cell of this.take(1)) this.#losses.add(reason, cell.observations)
  }
}

function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 100 && status <= 599
}
