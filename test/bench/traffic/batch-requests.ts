import { requestBytes } from '../http/request-bytes.ts'
import { randomFrom } from './random.ts'

/** What one batch of observations is to hold. */
export interface BatchPlan {
  readonly service: string
  readonly routes: readonly string[]
  /** Routes of which half of the requests fail; they may be among `routes`. */
  readonly failing?: readonly string[]
  readonly observations: number
}

/** A whole request whose body is another one at each sending, at the cost of some copying. */
export interface BatchRequest {
  readonly bytes: Buffer
  /**
   * Writes the next batch id into the bytes, and has all observations happen in the second before
   * `now` (epoch milliseconds), each at its own millisecond. Returns the id.
   */
  stamp(now: number): string
}

/** The last digits of a batch id, which count. */
const COUNTED_DIGITS = 12
/** Stands in the text for the second in which the observations happened. */
const SOME_SECOND = '2000-01-01T00:00:00'
const SECOND_MS = 1_000
const BASE_MS = 20
const SPREAD_MS = 8
const MILLISECONDS_MAX = 200

let streams = 0

/**
 * Returns requests of `POST /v1/request-metrics` with observations as an application sends them:
 * as in the contract's example, with distinct durations and instants and five statuses. No healthy route comes near a target, so that nothing but
 * `failing` raises an alarm: no 5xx, and a 95th percentile of about 45 ms.
 */
export function makeBatchRequests(
  plans: readonly BatchPlan[],
  token: string,
  seed: number,
): BatchRequest[] {
  const random = randomFrom(seed)
  return plans.map((plan) => batchRequest(plan, token, random))
}

/** Returns the same item `count` times. */
export function repeated<Item>(count: number, item: Item): Item[] {
  return Array.from({ length: count }, () => item)
}

/** Returns route names such as `GET /orders/17/:id`. */
export function routeNames(count: number, noun: string): string[] {
  return Array.from({ length: count }, (_, index) => `GET /${noun}/${index}/:id`)
}

function batchRequest(plan: BatchPlan, token: string, random: () => number): BatchRequest {
  const stream = (process.pid * 4_096 + (streams += 1)).toString(16).padStart(8, '0').slice(-8)
  const prefix = `${stream}-0000-4000-8000-`
  const body = JSON.stringify({
    batch_id: prefix.padEnd(prefix.length + COUNTED_DIGITS, '0'),
    service: plan.service,
    version: '1.4.2',
    observations: Array.from({ length: plan.observations }, () => observation(plan, random)),
  })
  const bytes = requestBytes({ method: 'POST', path: '/v1/request-metrics', token, body })
  const counterAt = bytes.indexOf(prefix) + prefix.length
  const secondsAt = placesOf(SOME_SECOND, bytes)
  let count = 0
  let written = SOME_SECOND
  return {
    bytes,
    stamp: (now) => {
      const second = new Date(now - SECOND_MS).toISOString().slice(0, SOME_SECOND.length)
      if (second !== written) {
        const digits = Buffer.from(second)
        for (const place of secondsAt) bytes.set(digits, place)
        written = second
      }
      const digits = (count += 1).toString(16).padStart(COUNTED_DIGITS, '0')
      bytes.write(digits, counterAt, 'latin1')
      return prefix + digits
    },
  }
}

function placesOf(text: string, bytes: Buffer): number[] {
  const places: number[] = []
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + text.length)) {
    places.push(at)
  }
  return places
}

function observation(plan: BatchPlan, random: () => number): object {
  const route = plan.routes[Math.floor(random() * plan.routes.length)]!
  const fails = plan.failing?.includes(route) === true && random() < 0.5
  const durationMs = Math.min(MILLISECONDS_MAX, BASE_MS - SPREAD_MS * Math.log(1 - random()))
  return {
    route,
    status: fails ? 500 : healthyStatus(random()),
    duration_ms: Math.round(durationMs * 100) / 100,
    at: `${SOME_SECOND}.${String(Math.floor(random() * SECOND_MS)).padStart(3, '0')}Z`,
  }
}

function healthyStatus(share: number): number {
  if (share < 0.9) return 200
  if (share < 0.94) return 201
  if (share < 0.97) return 304
  return share < 0.99 ? 404 : 401
}
