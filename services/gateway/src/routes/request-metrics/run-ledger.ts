import type { GatewayRunId } from '@portcullis/contracts'

/** What a gateway run knows of the batches that it numbered for one shard. */
export interface LedgerEntry {
  readonly shard: number
  /** Every number up to this one was queued, or is void. */
  readonly acceptedTo: number
  /** Numbers that no job holds, for all that is known; told once. */
  readonly voided: readonly number[]
}

/** Stores entries; told again when it rejects. */
export type WriteLedger = (run: GatewayRunId, entries: readonly LedgerEntry[]) => Promise<void>

/**
 * Numbers the batches of a gateway run, 1, 2, 3 … per shard. Each number is taken, and then settled:
 * `queued` once the queue holds the batch, `void` when it did not take it. Whoever reads the ledger
 * knows from it which numbers must arrive, so that a batch that a queue lost is missed.
 */
export class RunLedger {
  readonly run: GatewayRunId
  readonly #write: WriteLedger
  readonly #shards = new Map<number, ShardNumbers>()
  #writing: Promise<void> = Promise.resolve()
  #nextSettled: PromiseWithResolvers<void> | undefined

  constructor(run: GatewayRunId, write: WriteLedger) {
    this.run = run
    this.#write = write
  }

  /** Returns the next number of a shard. */
  take(shard: number): number {
    return this.#numbersOf(shard).take()
  }

  settle(shard: number, number: number, outcome: 'queued' | 'void'): void {
    this.#numbersOf(shard).settle(number, outcome)
    this.#nextSettled?.resolve()
    this.#nextSettled = undefined
  }

  /**
   * Resolves once the store knows that a settled number must arrive; rejects when it could not be told.
   * Those who call while a write is under way share the next one.
   */
  async toldOf(shard: number, number: number): Promise<void> {
    const numbers = this.#numbersOf(shard)
    // The ledger goes no further than the lowest number that is still under way.
    while (numbers.acceptedTo < number) {
      this.#nextSettled ??= Promise.withResolvers()
      await this.#nextSettled.promise
    }
    await this.write()
  }

  /** Writes what was settled since the last time, one write after another. */
  write(): Promise<void> {
    this.#writing = this.#writing
      .catch(() => {
        // Whoever asked for that write was told, and this one writes what it did not.
      })
      .then(() => this.#writeOnce())
    return this.#writing
  }

  async #writeOnce(): Promise<void> {
    const changed = [...this.#shards].filter(([, numbers]) => numbers.hasNews)
    if (changed.length === 0) return
    const entries = changed.map(([shard, numbers]) => ({ shard, ...numbers.news() }))
    await this.#write(this.run, entries)
    changed.forEach(([, numbers], nth) => numbers.told(entries[nth]!))
  }

  #numbersOf(shard: number): ShardNumbers {
    let numbers = this.#shards.get(shard)
    if (numbers === undefined) {
      numbers = new ShardNumbers()
      this.#shards.set(shard, numbers)
    }
    return numbers
  }
}

class ShardNumbers {
  #taken = 0
  #acceptedTo = 0
  #toldTo = 0
  /** Settled out of turn: above `acceptedTo`. */
  readonly #ahead = new Set<number>()
  #voided: number[] = []

  /** Every number up to this one is settled. */
  get acceptedTo(): number {
    return this.#acceptedTo
  }

  get hasNews(): boolean {
    return this.#acceptedTo > this.#toldTo || this.#voided.length > 0
  }

  take(): number {
    this.#taken += 1
    return this.#taken
  }

  settle(number: number, outcome: 'queued' | 'void'): void {
    if (outcome === 'void') this.#voided.push(number)
    this.#ahead.add(number)
    while (this.#ahead.delete(this.#acceptedTo + 1)) this.#acceptedTo += 1
  }

  news(): Pick<LedgerEntry, 'acceptedTo' | 'voided'> {
    return { acceptedTo: this.#acceptedTo, voided: [...this.#voided] }
  }

  told({ acceptedTo, voided }: Pick<LedgerEntry, 'acceptedTo' | 'voided'>): void {
    this.#toldTo = acceptedTo
    this.#voided = this.#voided.slice(voided.length)
  }
}
