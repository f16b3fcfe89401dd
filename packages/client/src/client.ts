import { setTimeout as delay } from 'node:timers/promises'

import { DROP_REASONS, Losses, type DropReason } from './losses.ts'
import { BUCKET_MS, Recorder } from './recorder.ts'
import { RouteTable } from './route-table.ts'
import { settingsOf, type ClientOptions, type Settings } from './settings.ts'
import { Shipper } from './shipper.ts'
import { realSystem, type System } from './system.ts'

// A bucket's last part is sent within this after its end, spread so that a fleet does not send
// at the same instant.
const BUCKET_END_JITTER_MS = 1_000

/** Since the start. All but the last five are observations: recorded = accepted + dropped + buffered. */
export interface ClientStats {
  readonly recorded: number
  readonly accepted: number
  readonly dropped: Readonly<Record<DropReason, number>>
  readonly droppedTotal: number
  readonly buffered: number
  /** What is buffered, in bytes of the heap, about. */
  readonly bufferedBytes: number
  readonly routes: number
  readonly batches: number
  readonly retries: number
  /** What the last failed attempt failed of. */
  readonly lastError: string | undefined
}

/** Returns a client that runs; throws a TypeError that names an option that is wrong. */
export function createClient(options: ClientOptions): Client {
  return new Client(settingsOf(options), realSystem)
}

/**
 * Folds what requests did and sends it in the background. After `createClient` nothing of it
 * throws into the application, and none of its timers keeps a process alive.
 */
export class Client {
  readonly #settings: Settings
  readonly #system: System
  readonly #losses: Losses
  readonly #routes: RouteTable
  readonly #recorder: Recorder
  readonly #shipper: Shipper
  #timer: NodeJS.Timeout | undefined
  /** The last flush that was in vain; on the monotonic clock. */
  #inVain = { endedAt: -Infinity, tookMs: 0 }
  #closing: Promise<void> | undefined

  constructor(settings: Settings, system: System) {
    this.#settings = settings
    this.#system = system
    this.#losses = new Losses(settings.onDrop)
    this.#routes = new RouteTable(settings.routesMax, settings.ignoreRoutes)
    this.#recorder = new Recorder(this.#routes, this.#losses, {
      limits: settings,
      now: () => system.now(),
    })
    this.#shipper = new Shipper(settings, this.#recorder, this.#losses, system)
    process.once('beforeExit', this.#onBeforeExit)
    this.#arm()
  }

  /**
   * Counts one request that was answered; `template` is the route's path with its parameters'
   * names in it, undefined where none matched. Takes some 0.1 µs.
   */
  record(method: string, template: string | undefined, status: number, durationMs: number): void {
    this.#recorder.record(method, template, status, durationMs)
  }

  stats(): ClientStats {
    const dropped = this.#losses.totals
    const recorded = this.#recorder.waiting
    const sending = this.#shipper.waiting
    return {
      recorded: this.#recorder.recorded,
      ...this.#shipper.counts,
      dropped,
      droppedTotal: DROP_REASONS.reduce((sum, reason) => sum + dropped[reason], 0),
      buffered: recorded.observations + sending.observations,
      bufferedBytes: recorded.bytes + sending.bytes,
      routes: this.#routes.size,
      lastError: this.#shipper.lastError,
    }
  }

  /**
   * Sends now what was recorded until now. Resolves to true when the gateway has answered for all
   * of it, to false when time was over first: then it stays buffered. Never rejects.
   */
  async flush(options: { timeoutMs?: number } = {}): Promise<boolean> {
    const timeoutMs = options.timeoutMs ?? this.#settings.closeTimeoutMs
    const startedAt = this.#system.monotonicMs()
    let timer: NodeJS.Timeout | undefined
    const timeUp = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, false)
    })
    const isDone = await Promise.race([this.#shipUntil(timeoutMs), timeUp])
    clearTimeout(timer)
    // An attempt that began before this call may have more time than the process has.
    if (!isDone) {
      this.#shipper.abort()
      const endedAt = this.#system.monotonicMs()
      this.#inVain = { endedAt, tookMs: endedAt - startedAt }
    }
    this.#losses.tell()
    return isDone
  }

  /**
   * Flushes and ends. What could not be delivered in time, or is recorded later, counts as dropped.
   * Never rejects; a second call waits for the first.
   */
  close(options: { timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#end(options)
    return this.#closing
  }

  async #end(options: { timeoutMs?: number }): Promise<void> {
    clearTimeout(this.#timer)
    process.off('beforeExit', this.#onBeforeExit)
    await this.flush(options)
    this.#recorder.end()
    this.#shipper.discard()
    this.#losses.tell()
  }

  async #shipUntil(timeoutMs: number): Promise<boolean> {
    const { monotonicMs } = this.#system
    const deadline = monotonicMs() + timeoutMs
    let isDone = await this.#shipper.ship({ force: true, deadline })
    while (!isDone && monotonicMs() < deadline) {
      await delay(Math.max(1, Math.min(this.#shipper.retryAt, deadline) - monotonicMs()))
      isDone = await this.#shipper.ship({ deadline })
    }
    return isDone
  }

  #arm(): void {
    if (this.#closing !== undefined) return
    const now = this.#system.now()
    const bucketEndsInMs = BUCKET_MS - (now % BUCKET_MS)
    const jitterMs = Math.floor(this.#system.random() * BUCKET_END_JITTER_MS)
    const waitMs = Math.min(this.#settings.flushIntervalMs, bucketEndsInMs + jitterMs)
    this.#timer = setTimeout(() => void this.#turn(), waitMs)
    this.#timer.unref()
  }

  async #turn(): Promise<void> {
    this.#recorder.dropOld()
    await this.#shipper.ship()
    this.#losses.tell()
    this.#arm()
  }

  // An application that ends by itself, without `close`, still sends its last second. Where a server
  // that closed has just flushed in vain, that time counts: the end takes `closeTimeoutMs` in all.
  readonly #onBeforeExit = (): void => {
    const { closeTimeoutMs } = this.#settings
    const { endedAt, tookMs } = this.#inVain
    const isRecent = this.#system.monotonicMs() - endedAt < closeTimeoutMs
    void this.flush({ timeoutMs: Math.max(0, closeTimeoutMs - (isRecent ? tookMs : 0)) })
  }
}
