/**
 * Why observations were dropped:
 * - `invalid`: status or duration made no sense;
 * - `buffer_full`, `too_old`: the gateway was away for longer than the buffer could bridge;
 * - `refused`: the gateway refused the whole batch (a wrong token, for example);
 * - `rejected`: the gateway took the batch, but not these;
 * - `closed`: not delivered before the client closed, or recorded after it;
 * - `failed`: the batch could not be made, which is a bug.
 */
export const DROP_REASONS = [
  'invalid',
  'buffer_full',
  'too_old',
  'refused',
  'rejected',
  'closed',
  'failed',
] as const
export type DropReason = (typeof DROP_REASONS)[number]

/** What `onDrop` is told: the observations dropped for one reason since it was last told. */
export interface Drop {
  readonly reason: DropReason
  readonly observations: number
  /** What the gateway said, where it said something. */
  readonly detail: string | undefined
}

/** Counts what was dropped, and tells of it later: never in the path of a request. */
export class Losses {
  readonly #totals = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<
    DropReason,
    number
  >
  readonly #untold = new Map<DropReason, Drop>()
  readonly #onDrop: ((drop: Drop) => void) | undefined

  constructor(onDrop: ((drop: Drop) => void) | undefined) {
    this.#onDrop = onDrop
  }

  add(reason: DropReason, observations: number, detail?: string): void {
    if (observations === 0) return
    this.#totals[reason] += observations
    const before = this.#untold.get(reason)
    this.#untold.set(reason, {
      reason,
      observations: (before?.observations ?? 0) + observations,
      detail: detail ?? before?.detail,
    })
  }

  /** Tells `onDrop` what it was not told yet. What that throws is its own affair: never ours. */
  tell(): void {
    const drops = [...this.#untold.values()]
    this.#untold.clear()
    for (const drop of drops) {
      try {
        this.#onDrop?.(drop)
      } catch {
        // An exception here would end the application, for nothing but a report.
      }
    }
  }

  get totals(): Readonly<Record<DropReason, number>> {
    return { ...this.#totals }
  }
}
