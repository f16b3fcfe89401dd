import { retryAfterMsOf, waitMsOf } from './backoff.ts'
import { Batch, type BatchHeader } from './batch.ts'
import { deliver, type Outcome, type Rejection } from './deliver.ts'
import type { Losses } from './losses.ts'
import { BUCKET_MS, type Recorder } from './recorder.ts'
import type { Settings } from './settings.ts'
import type { System } from './system.ts'

// 500 cells of 1,261 bins (1 µs to a day) stay below the gateway's limit of 10 MiB a body.
const CELLS_PER_BATCH = 500

export interface ShipOptions {
  /** Makes one attempt even if the batch in hand should still wait. */
  readonly force?: boolean
  /** On the monotonic clock: after it no attempt begins or goes on. */
  readonly deadline?: number
}

/** The batch could not be written: a bug, or no memory. */
interface Failure {
  readonly kind: 'failed'
  readonly detail: string
}

/**
 * Sends what was recorded, one batch at a time.
 *
 * Without a batch it cuts one from the recorder. With one it posts it, until the batch is settled:
 * accepted, refused, or too old. After a failure it waits (`retryAt`); the batch stays, with its
 * id and bytes, and what is recorded meanwhile stays in the recorder, where it folds.
 */
export class Shipper {
  readonly #settings: Settings
  readonly #recorder: Recorder
  readonly #losses: Losses
  readonly #system: System
  readonly #counts = { accepted: 0, batches: 0, retries: 0 }
  #batch: Batch | undefined
  #attempts = 0
  #retryAt = 0
  #running: Promise<boolean> | undefined
  #inFlight: AbortController | undefined
  #lastError: string | undefined

  constructor(settings: Settings, recorder: Recorder, losses: Losses, system: System) {
    this.#settings = settings
    this.#recorder = recorder
    this.#losses = losses
    this.#system = system
  }

  /**
   * Sends all that was recorded before the call. Resolves to true once everything is settled, and
   * to false when a batch has to wait or the deadline has passed. Never rejects.
   */
  async ship(options: ShipOptions = {}): Promise<boolean> {
    // A run that is under way may have cut its last batch before the newest record.
    while (this.#running !== undefined) await this.#running
    this.#running = this.#run(options.force ?? false, options.deadline ?? Infinity)
    return this.#running
  }

  /** Gives up the attempt in flight; its batch stays. */
  abort(): void {
    this.#inFlight?.abort()
  }

  /** Gives up what has not been delivered, and counts it as dropped. */
  discard(): void {
    if (this.#batch !== undefined) this.#drop(this.#batch, 'closed', this.#lastError)
    this.#recorder.closeOpen()
    for (const cell of this.#recorder.take(Infinity)) this.#losses.add('closed', cell.observations)
    this.abort()
  }

  /** On the monotonic clock: before it a batch that failed is not sent again. */
  get retryAt(): number {
    return this.#retryAt
  }

  /** `accepted` in observations, the others in requests. */
  get counts(): Readonly<{ accepted: number; batches: number; retries: number }> {
    return { ...this.#counts }
  }

  /** What the batch in hand holds, in observations and (about) bytes. */
  get waiting(): { observations: number; bytes: number } {
    return { observations: this.#batch?.observationsTotal ?? 0, bytes: this.#batch?.bytes ?? 0 }
  }

  get lastError(): string | undefined {
    return this.#lastError
  }

  async #run(force: boolean, deadline: number): Promise<boolean> {
    try {
      return await this.#shipAll(force, deadline)
    } catch (error) {
      // Only a bug comes here. It must not end the application as an unhandled rejection.
      this.#lastError = String(error)
      return false
    } finally {
      this.#running = undefined
    }
  }

  async #shipAll(force: boolean, deadline: number): Promise<boolean> {
    if (this.#batch !== undefined) {
      const isDue = force || this.#system.monotonicMs() >= this.#retryAt
      if (!isDue || !(await this.#settle(this.#batch, deadline))) return false
    }
    this.#recorder.closeOpen()
    for (let batch = this.#cut(); batch !== undefined; batch = this.#cut()) {
      if (!(await this.#settle(batch, deadline))) return false
    }
    return true
  }

  #cut(): Batch | undefined {
    const cells = this.#recorder.take(CELLS_PER_BATCH)
    this.#attempts = 0
    this.#retryAt = 0
    this.#batch = cells.length === 0 ? undefined : new Batch(cells)
    return this.#batch
  }

  /** Makes one attempt. Returns whether the batch is done with; if not, it waits in `#batch`. */
  async #settle(batch: Batch, deadline: number): Promise<boolean> {
    const timeoutMs = Math.min(
      this.#settings.requestTimeoutMs,
      deadline - this.#system.monotonicMs(),
    )
    if (timeoutMs <= 0) return false
    const outcome = await this.#attempt(batch, timeoutMs)
    // While the attempt ran the client was closed, and the batch counted as dropped.
    if (this.#batch !== batch) return false
    switch (outcome.kind) {
      case 'accepted':
        this.#accept(batch, outcome.rejected)
        return true
      case 'refused':
        this.#drop(batch, 'refused', outcome.detail)
        return true
      case 'failed':
        this.#drop(batch, 'failed', outcome.detail)
        return true
      case 'retry':
        return this.#postpone(batch, outcome)
    }
  }

  async #attempt(batch: Batch, timeoutMs: number): Promise<Outcome | Failure> {
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), timeoutMs)
    timer.unref()
    this.#inFlight = controller
    this.#attempts += 1
    this.#counts.batches += this.#attempts === 1 ? 1 : 0
    this.#counts.retries += this.#attempts === 1 ? 0 : 1
    try {
      const wire = await batch.wire(() => this.#header(), this.#settings.gzipBytesMin)
      const { endpoint, token } = this.#settings
      const now = this.#system.now()
      return await deliver(wire, { endpoint, token, now, signal: controller.signal })
    } catch (error) {
      return { kind: 'failed', detail: String(error) }
    } finally {
      clearTimeout(timer)
      this.#inFlight = undefined
    }
  }

  #header(): BatchHeader {
    const { service, environment, version } = this.#settings
    const sentAt = this.#system.now()
    return { batch_id: this.#system.uuid(), service, environment, version, sent_at: sentAt }
  }

  #accept(batch: Batch, rejections: readonly Rejection[]): void {
    const errors = new Map(rejections.map(({ index, error }) => [index, error]))
    let rejected = 0
    for (const [index, error] of errors) {
      rejected += batch.observations[index] ?? 0
      this.#losses.add('rejected', batch.observations[index] ?? 0, error)
    }
    this.#counts.accepted += batch.observationsTotal - rejected
    this.#batch = undefined
  }

  #postpone(batch: Batch, outcome: Outcome & { kind: 'retry' }): boolean {
    const now = this.#system.now()
    this.#lastError = outcome.detail
    if (batch.newestStart + BUCKET_MS + this.#settings.bufferAgeMsMax < now) {
      this.#drop(batch, 'too_old', outcome.detail)
      return true
    }
    const { retryBaseMs, retryMsMax } = this.#settings
    const backoff = { retryBaseMs, retryMsMax, random: this.#system.random() }
    const retryAfterMs = retryAfterMsOf(outcome.retryAfter, now)
    const waitMs = waitMsOf(this.#attempts, retryAfterMs, backoff)
    this.#retryAt = this.#system.monotonicMs() + waitMs
    return false
  }

  #drop(batch: Batch, reason: 'closed' | 'failed' | 'refused' | 'too_old', detail?: string): void {
    this.#lastError = detail
    this.#losses.add(reason, batch.observationsTotal, detail)
    this.#batch = undefined
  }
}
