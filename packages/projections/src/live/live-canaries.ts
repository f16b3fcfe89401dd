import {
  bucketStartOf,
  BUCKET_MS,
  type EpochMs,
  MINUTE_MS,
  plusMs,
  type ProjectId,
  type ServiceName,
  type VersionName,
} from '@portcullis/contracts'
import {
  addCells,
  type BucketCells,
  CANARY_HISTORY_MS,
  type CanaryState,
  foldCanary,
  groupAt,
  startCanary,
  unpackBatch,
} from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { isoOf } from '../record.ts'
import { type RecordedBatch, readBatches, type ShardHead } from '../traffic/batches.ts'
import { serviceKeyOf, type ServiceScope } from '../traffic/windows.ts'

/** A release that runs beside another one. */
export interface WantedCanary extends ServiceScope {
  readonly version: VersionName
  readonly since: EpochMs
}

/** A bucket stays open for what comes late; by then senders have given up, or their clocks are wrong. */
const OPEN_MS = 15 * MINUTE_MS

/** Batches that are read at a time. */
const BATCHES_READ = 200

/**
 * The comparison of one release, folded from its batches. What came too late is told by when it was recorded, not by
 * when it was read: so the same batches give the same comparison on every gateway.
 *
 * Buckets that can still change are kept, with the state before each; a late batch takes back the states
 * that came after its bucket.
 */
class CanaryLedger {
  readonly wanted: WantedCanary
  upTo: Pick<ShardHead, 'seq' | 'recordedAt'>
  #settled: CanaryState
  readonly #open = new Map<EpochMs, BucketCells>()
  /** The states after open buckets, the oldest first. */
  #folded: { readonly start: EpochMs; readonly state: CanaryState }[] = []

  constructor(wanted: WantedCanary, upTo: Pick<ShardHead, 'seq' | 'recordedAt'>) {
    this.wanted = wanted
    this.upTo = upTo
    this.#settled = startCanary(wanted.version, wanted.since)
  }

  add({ version, recordedAt, cells }: RecordedBatch): void {
    const unpacked = unpackBatch(cells)
    if ('rejected' in unpacked) throw new Error(`a stored batch: ${unpacked.rejected}`)
    const openFrom = plusMs(bucketStartOf(recordedAt), -OPEN_MS)
    const begin = plusMs(this.wanted.since, -CANARY_HISTORY_MS)
    this.#settle(openFrom)
    for (const [start, routes] of unpacked.cells) {
      if (start < openFrom || start < begin) continue
      let bucket = this.#open.get(start)
      if (bucket === undefined) this.#open.set(start, (bucket = new Map()))
      addCells(groupAt(bucket, version), routes)
      this.#folded = this.#folded.filter((one) => one.start < start)
    }
  }

  /** Returns the comparison of all buckets that were over at an instant. */
  at(asOf: EpochMs): CanaryState {
    return this.#foldUpTo(bucketStartOf(asOf))
  }

  #settle(before: EpochMs): void {
    this.#settled = this.#foldUpTo(before)
    for (const start of this.#open.keys()) if (start < before) this.#open.delete(start)
    this.#folded = this.#folded.filter((one) => one.start >= before)
  }

  #foldUpTo(end: EpochMs): CanaryState {
    const known = this.#folded.filter((one) => one.start < end)
    const last = known.at(-1)
    let state = last?.state ?? this.#settled
    const starts = [...this.#open.keys()]
      .filter((start) => start < end && (last === undefined || start > last.start))
      .toSorted((a, b) => a - b)
    for (const start of starts) {
      state = foldCanary(state, start, this.#open.get(start)!)
      this.#folded.push({ start, state })
    }
    return state
  }
}

/** The comparisons of all releases that run beside another one, kept in memory and followed batch by batch. */
export class LiveCanaries {
  readonly #ledgers = new Map<string, CanaryLedger>()

  /** Begins to compare what is new, and forgets what is over. */
  want(wanted: readonly WantedCanary[]): void {
    const keys = new Set(wanted.map(keyOf))
    for (const key of this.#ledgers.keys()) if (!keys.has(key)) this.#ledgers.delete(key)
    for (const one of wanted) {
      if (this.#ledgers.has(keyOf(one))) continue
      const recordedAt = plusMs(bucketStartOf(one.since), -CANARY_HISTORY_MS - BUCKET_MS)
      this.#ledgers.set(keyOf(one), new CanaryLedger(one, { seq: 0, recordedAt } as ShardHead))
    }
  }

  /** Brings the comparisons of a shard's services to its head. */
  async follow(
    db: Db,
    project: ProjectId,
    {
      head,
      shardOf,
    }: { readonly head: ShardHead; readonly shardOf: (service: ServiceName) => number },
  ): Promise<void> {
    const mine = [...this.#ledgers.values()].filter(({ wanted, upTo }) => {
      return shardOf(wanted.service) === head.shard && upTo.seq < head.seq
    })
    for (const ledger of mine) await advance(db, project, ledger, head)
  }

  /** Takes in a batch that comes next of its shard, read by whoever owns this. */
  take(batch: RecordedBatch): void {
    for (const ledger of this.#ledgers.values()) {
      const isMine = serviceKeyOf(ledger.wanted) === serviceKeyOf(batch)
      if (!isMine || ledger.upTo.seq >= batch.seq) continue
      ledger.add(batch)
      ledger.upTo = { seq: batch.seq, recordedAt: batch.recordedAt }
    }
  }

  of(scope: ServiceScope, asOf: EpochMs): CanaryState | null {
    for (const ledger of this.#ledgers.values()) {
      if (serviceKeyOf(ledger.wanted) === serviceKeyOf(scope)) return ledger.at(asOf)
    }
    return null
  }
}

async function advance(
  db: Db,
  project: ProjectId,
  ledger: CanaryLedger,
  head: ShardHead,
): Promise<void> {
  const { wanted } = ledger
  for (;;) {
    const range = { after: ledger.upTo, limit: BATCHES_READ, of: wanted }
    const batches = await readBatches(db, { project, shard: head.shard }, range)
    const known = batches.filter(({ seq }) => seq <= head.seq)
    for (const batch of known) {
      ledger.add(batch)
      ledger.upTo = { seq: batch.seq, recordedAt: batch.recordedAt }
    }
    if (known.length < BATCHES_READ) break
  }
  ledger.upTo = head
}

function keyOf({ version, since, ...scope }: WantedCanary): string {
  return `${serviceKeyOf(scope)}\n${version}\n${isoOf(since)}`
}
