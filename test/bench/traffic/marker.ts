import { BUCKET_MS } from '@portcullis/contracts'

/** Observations of a marker: enough for a route to be considered. */
const SAMPLES = 10
/** Buckets of the window that a verdict looks at, the running one included. */
const WINDOW_BUCKETS = 6

export interface MarkerBatch {
  readonly batchId: string
  /** As `POST /v1/request-metrics` takes it. */
  readonly body: string
}

/** A verdict, as far as a marker looks at it. */
export interface SeenVerdict {
  readonly as_of: string
  readonly violations: readonly {
    readonly route: string | null
    readonly evidence: Readonly<Record<string, unknown>>
  }[]
}

/**
 * A route of which every request fails, so that each verdict lists it with its sample size. Whoever
 * sent its batches knows what that must be at the verdict's `as_of`: so it is seen, to the batch,
 * what a verdict contains.
 */
export class Marker {
  readonly route: string
  readonly #service: string
  readonly #samples = new Map<number, number>()

  constructor(service: string, route: string) {
    this.#service = service
    this.route = route
  }

  /** Returns a batch that was observed at an instant, and expects it from now on. */
  batch(batchId: string, at: number): MarkerBatch {
    const start = at - (at % BUCKET_MS)
    this.#samples.set(start, (this.#samples.get(start) ?? 0) + SAMPLES)
    const observation = { route: this.route, status: 500, duration_ms: 12.5, at }
    const observations = Array.from({ length: SAMPLES }, () => observation)
    const body = JSON.stringify({ batch_id: batchId, service: this.#service, observations })
    return { batchId, body }
  }

  /** Tells whether a verdict contains every batch that was made so far. */
  isWholeIn(verdict: SeenVerdict): boolean {
    return this.#seenIn(verdict) >= this.#expectedAt(Date.parse(verdict.as_of))
  }

  #seenIn({ violations }: SeenVerdict): number {
    const sizes = violations
      .filter(({ route }) => route === this.route)
      .map(({ evidence }) => evidence['samples_1m'])
    return Math.max(0, ...sizes.filter((size) => typeof size === 'number'))
  }

  #expectedAt(asOf: number): number {
    const newest = asOf - (asOf % BUCKET_MS)
    const oldest = newest - (WINDOW_BUCKETS - 1) * BUCKET_MS
    let expected = 0
    for (const [start, samples] of this.#samples) if (start >= oldest) expected += samples
    return expected
  }
}
