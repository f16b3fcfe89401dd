import {
  HOUR_MS,
  MINUTE_MS,
  OBSERVATION_AGE_MS_MAX,
  RouteName,
  type EpochMs,
} from '@portcullis/contracts'
import { BatchFold, withoutQuery } from '@portcullis/domain'

import { checkBucket, whyNoBucket, type CheckedBucket } from './check-bucket.ts'
import { isObservation, whyNoObservation } from './check-observation.ts'
import { InstantReader } from './instant.ts'
import type { SentBatch } from './read-batch.ts'

/** Senders whose clock is ahead by more are not believed, one observation at a time. */
const AHEAD_MS_MAX = 2 * MINUTE_MS
/** `metric_batches.observations` is an int4. */
const REQUESTS_MAX = 2_147_483_647

/** When a batch came, and which observations are too old for it. */
export interface FoldContext {
  readonly receivedAt: EpochMs
  /** How far the sender's clock is behind ours; added to every instant that it told. */
  readonly skewMs: number
}

/** An item that is not counted, and why. */
export interface RejectedItem {
  readonly index: number
  readonly error: string
}

export interface FoldedBatch {
  readonly fold: BatchFold
  /** Items that are counted. */
  readonly accepted: number
  /** Requests in them: as many as there are observations, or what the buckets hold. */
  readonly requests: number
  /** In the order of their indexes. */
  readonly rejected: readonly RejectedItem[]
}

/** Folds the items of a batch that can be used, and says why the others cannot. */
export function foldItems({ kind, items }: SentBatch, context: FoldContext): FoldedBatch {
  const folding = new Folding(context)
  const rejected: RejectedItem[] = []
  const isBuckets = kind === 'buckets'
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index]
    const error = isBuckets ? folding.addBucket(item) : folding.addObservation(item)
    if (error !== null) rejected.push({ index, error })
  }
  const accepted = items.length - rejected.length
  return { fold: folding.fold, accepted, requests: folding.requests, rejected }
}

/** The hot path (bench: ingest): 1,000 good observations are checked and folded in 0.15 ms. */
class Folding {
  readonly fold = new BatchFold()
  requests = 0
  readonly #instants = new InstantReader()
  readonly #context: FoldContext
  readonly #oldest: number
  readonly #newest: number
  /** Names as sent -> names as counted, or null where they cannot be one. */
  readonly #routes = new Map<string, RouteName | null>()

  constructor(context: FoldContext) {
    this.#context = context
    this.#oldest = context.receivedAt - OBSERVATION_AGE_MS_MAX
    this.#newest = context.receivedAt + AHEAD_MS_MAX
  }

  /** Returns null, or why the item is not counted. */
  addObservation(item: unknown): string | null {
    if (!isObservation(item)) return whyNoObservation(item)
    const route = this.#routeOf(item.route)
    if (route === null) return whyNoRoute(item.route)
    let at: number = this.#context.receivedAt
    if (item.at !== undefined) {
      at = this.#instants.read(item.at) + this.#context.skewMs
      if (Number.isNaN(at)) return whyNoObservation(item)
      if (at < this.#oldest || at > this.#newest) return this.#whyNotThen('at', at)
    }
    this.fold.observe(route, item.status, item.duration_ms, at as EpochMs)
    this.requests += 1
    return null
  }

  /** Returns null, or why the item is not counted. */
  addBucket(item: unknown): string | null {
    const checked = checkBucket(item)
    if (checked === null) return whyNoBucket(item)
    if ('error' in checked) return checked.error
    return this.#addChecked(checked)
  }

  #addChecked({ route: name, start, cell }: CheckedBucket): string | null {
    const route = this.#routeOf(name)
    if (route === null) return whyNoRoute(name)
    const at = this.#instants.read(start) + this.#context.skewMs
    if (at < this.#oldest || at > this.#newest) return this.#whyNotThen('start', at)
    if (this.requests + cell.count > REQUESTS_MAX) {
      return `the batch counts more than ${REQUESTS_MAX} requests`
    }
    this.fold.addCell(route, at as EpochMs, cell)
    this.requests += cell.count
    return null
  }

  #routeOf(name: string): RouteName | null {
    const known = this.#routes.get(name)
    if (known !== undefined) return known
    const isName = RouteName.safeParse(name).success
    const tidy = withoutQuery(name)
    const route = isName && tidy !== '' ? (tidy as RouteName) : null
    this.#routes.set(name, route)
    return route
  }

  #whyNotThen(field: 'at' | 'start', at: number): string {
    return at > this.#newest
      ? `${field}: is more than ${AHEAD_MS_MAX / MINUTE_MS} minutes ahead`
      : `${field}: is older than ${OBSERVATION_AGE_MS_MAX / HOUR_MS} hours, and its minutes are sealed`
  }
}

function whyNoRoute(name: string): string {
  const parsed = RouteName.safeParse(name)
  const why = parsed.success ? 'has nothing before its query' : parsed.error.issues[0]?.message
  return `route: ${why}`
}
