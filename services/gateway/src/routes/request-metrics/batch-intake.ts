import { hash } from 'node:crypto'

import {
  DEFAULT_ENVIRONMENT,
  inboxIdOf,
  instantOf,
  type BatchAnswer,
  type EpochMs,
  type MetricBatchMessage,
  type PrincipalId,
  type ProjectId,
  type ServiceName,
  type VersionName,
} from '@portcullis/contracts'
import { packBatch } from '@portcullis/domain'
import type { Fullness } from '@portcullis/queues'
import { randomUuid } from '@portcullis/runtime'

import { problem, type FieldError } from '../../problem/problem.ts'
import { foldItems, type FoldedBatch, type RejectedItem } from './fold-items.ts'
import type { SentBatch } from './read-batch.ts'
import type { AcceptedBatch, RecentBatches } from './recent-batches.ts'
import type { RunLedger } from './run-ledger.ts'

/** What the intake stands on. */
export interface BatchIntakeOptions {
  readonly projectId: ProjectId
  readonly ledger: RunLedger
  /**
   * Whether an answer waits until the ledger names the batch: where a queue may lose what Postgres
   * keeps, a gateway that dies must not take the knowledge with it.
   */
  readonly isLedgerFirst: boolean
  readonly recent: RecentBatches
  readonly shardOf: (service: ServiceName) => number
  /** Throws a problem while nothing more may be stored (the disk is nearly full). */
  readonly requireRoom: () => void
  /** Whether a shard's queue takes no more, and why. */
  readonly fullnessOf: (shard: number) => Fullness
  /** Resolves once the queue holds the message durably. */
  readonly enqueue: (message: MetricBatchMessage) => Promise<void>
  /** Looks in the inbox for a batch that was applied in the last 24 hours. */
  readonly findApplied: (inboxId: string) => Promise<AcceptedBatch | undefined>
}

/** A batch with what came beside its body. */
export interface ReceivedBatch {
  readonly sent: SentBatch
  readonly owner: PrincipalId
  readonly receivedAt: EpochMs
  /** The sender's clock at the moment of sending, where it told that beside the body. */
  readonly sentAt: EpochMs | undefined
  readonly idempotencyKey: string | undefined
  /** What a retry repeats: the bytes that the id stands for. */
  readonly repeatable: Buffer
}

export interface IntakeAnswer {
  /** 202: queued now. 200: accepted before. */
  readonly status: 200 | 202
  readonly answer: BatchAnswer
  /** Requests counted now. */
  readonly requests: number
}

/** What is left of a batch once its items were folded. */
interface FoldedAtEdge {
  readonly header: SentBatch['header']
  readonly owner: PrincipalId
  readonly receivedAt: EpochMs
  readonly skewMs: number
  readonly items: Omit<FoldedBatch, 'fold'>
  /** Packed cells (domain, window). */
  readonly cells: Uint8Array
}

interface BatchIds {
  readonly shard: number
  readonly batchId: string
  readonly bodyHash: string
}

/** A sender's clock is corrected beyond this. */
const SKEW_MS_MAX = 2_000
/** An answer must not grow with its question. */
const REJECTED_LISTED_MAX = 1_000
const ERRORS_LISTED_MAX = 100
/** Without an id of its sender a batch cannot be repeated, so nothing needs to be compared. */
const NO_HASH = '0'.repeat(64)

/** Takes batches in: folds them at the edge, numbers them and queues them, each id once. */
export class BatchIntake {
  readonly #options: BatchIntakeOptions
  /** Batches of one id go one after another: the second finds what became of the first. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(options: BatchIntakeOptions) {
    this.#options = options
  }

  /**
   * Resolves once the queue holds the batch, or to the answer that it got before. Rejects with the
   * problems QUEUE_FULL, STORE_UNAVAILABLE, NOTHING_USABLE and IDEMPOTENCY_KEY_REUSED, and with the
   * queue's own error.
   */
  async accept(batch: ReceivedBatch): Promise<IntakeAnswer> {
    this.#options.requireRoom()
    const { header } = batch.sent
    const shard = this.#options.shardOf(header.service)
    const fullness = this.#options.fullnessOf(shard)
    if (fullness.full) throw noRoom(fullness)
    // What waits for the store from here on are packed cells: a thousand parsed items that did would
    // grow old, and cost the collector a quarter of the gateway's time (bench: ingest).
    const folded = foldAtEdge(batch)
    const givenId = header.batch_id ?? batch.idempotencyKey
    if (givenId === undefined) {
      return this.#queue(folded, { shard, batchId: randomUuid(), bodyHash: NO_HASH })
    }
    const bodyHash = hash('sha256', batch.repeatable, 'hex')
    const ids = { shard, batchId: givenId, bodyHash }
    return this.#inTurn(folded, ids, inboxIdOf({ owner: batch.owner, batchId: givenId }))
  }

  async #inTurn(folded: FoldedAtEdge, ids: BatchIds, inboxId: string): Promise<IntakeAnswer> {
    const before = this.#turns.get(inboxId) ?? Promise.resolve()
    const turn = before
      .catch(() => {
        // Its own sender was told; this one begins anew.
      })
      .then(() => this.#acceptOnce(folded, ids, inboxId))
    this.#turns.set(inboxId, turn)
    try {
      return await turn
    } finally {
      if (this.#turns.get(inboxId) === turn) this.#turns.delete(inboxId)
    }
  }

  async #acceptOnce(folded: FoldedAtEdge, ids: BatchIds, inboxId: string): Promise<IntakeAnswer> {
    const { recent, findApplied } = this.#options
    const known = recent.get(inboxId) ?? (await findApplied(inboxId))
    if (known === undefined) {
      const queued = await this.#queue(folded, ids)
      recent.add(inboxId, { bodyHash: ids.bodyHash, answer: queued.answer })
      return queued
    }
    if (known.bodyHash !== ids.bodyHash) throw problem('IDEMPOTENCY_KEY_REUSED')
    return { status: 200, answer: known.answer, requests: 0 }
  }

  async #queue(
    { header, owner, receivedAt, skewMs, items, cells }: FoldedAtEdge,
    { shard, batchId, bodyHash }: BatchIds,
  ): Promise<IntakeAnswer> {
    const { projectId, ledger, isLedgerFirst, enqueue } = this.#options
    if (items.accepted === 0) throw nothingUsable(items.rejected)
    const answer = answerOf(batchId, items, skewMs)
    const number = ledger.take(shard)
    const message: MetricBatchMessage = {
      v: 1,
      project: projectId,
      shard,
      run: ledger.run,
      number,
      owner,
      batchId,
      bodyHash,
      answer,
      service: header.service,
      environment: header.environment ?? DEFAULT_ENVIRONMENT,
      version: header.version ?? ('' as VersionName),
      receivedAt,
      observations: items.requests,
      cells: Buffer.from(cells).toString('base64'),
    }
    try {
      await enqueue(message)
    } catch (error) {
      // It may be in all the same, and will then be applied: it is only not missed when it is not.
      ledger.settle(shard, number, 'void')
      throw error
    }
    ledger.settle(shard, number, 'queued')
    if (isLedgerFirst) await ledger.toldOf(shard, number)
    return { status: 202, answer, requests: items.requests }
  }
}

/** A queue that cannot be looked at is no full one: another aggregator would not help. */
function noRoom({ reason, retryAfterMs }: Extract<Fullness, { full: true }>) {
  const retryAfterSeconds = retryAfterMs / 1_000
  return problem(reason === 'unreachable' ? 'STORE_UNAVAILABLE' : 'QUEUE_FULL', {
    retryAfterSeconds,
  })
}

function foldAtEdge({ sent, owner, receivedAt, sentAt }: ReceivedBatch): FoldedAtEdge {
  const skewMs = skewOf(receivedAt, sentAt, sent)
  const { fold, ...items } = foldItems(sent, { receivedAt, skewMs })
  return { header: sent.header, owner, receivedAt, skewMs, items, cells: packBatch(fold.cells) }
}

/** Returns how far the sender's clock is behind ours, 0 where that is within what a network takes. */
function skewOf(receivedAt: EpochMs, sentAt: EpochMs | undefined, { header }: SentBatch): number {
  const told = sentAt ?? (header.sent_at === undefined ? undefined : instantOf(header.sent_at))
  if (told === undefined) return 0
  const behind = receivedAt - told
  return Math.abs(behind) > SKEW_MS_MAX ? behind : 0
}

function answerOf(batchId: string, folded: FoldedAtEdge['items'], skewMs: number): BatchAnswer {
  const { accepted, rejected } = folded
  const isCut = rejected.length > REJECTED_LISTED_MAX
  return {
    batch_id: batchId,
    accepted,
    rejected: isCut ? rejected.slice(0, REJECTED_LISTED_MAX) : [...rejected],
    ...(isCut ? { rejected_total: rejected.length } : {}),
    ...(skewMs === 0 ? {} : { skew_ms: skewMs }),
  }
}

const EMPTY: FieldError = {
  field: '/observations',
  message: 'there is none',
  fix: 'Send no batch where nothing happened.',
}

function nothingUsable(rejected: readonly RejectedItem[]) {
  if (rejected.length === 0) return problem('NOTHING_USABLE', { errors: [EMPTY] })
  const errors = rejected.slice(0, ERRORS_LISTED_MAX).map(fieldErrorOf)
  return problem('NOTHING_USABLE', { detail: `${rejected.length} of them`, errors })
}

function fieldErrorOf({ index, error }: RejectedItem): FieldError {
  return { field: `/${index}`, message: error, fix: 'See the API description at /docs.' }
}
