// Raises alarms and takes the webhooks that they lead to, in one process: both ends of a page are timed
// by the same clock.
import { performance } from 'node:perf_hooks'

import { serveParent } from '../children/serve-parent.ts'
import type { Answer } from '../http/answer-parser.ts'
import { closedLoop } from '../http/closed-loop.ts'
import { startPaced } from '../http/paced.ts'
import { requestBytes } from '../http/request-bytes.ts'
import { type Receiver, routeOf, startReceiver } from './receiver.ts'

const ACCEPTED = 202
const SERVICES = 20
const CONNECTIONS = 32
const ARRIVED_WITHIN_MS = 60_000
/** Enough for a route to be judged. */
const SAMPLES = 10
/** Far above the target of 300 ms; without an error there is one alarm a route: `slo_violation`. */
const SLOW_MS = 2_000

export interface Target {
  readonly port: number
  readonly token: string
}

let receiver: Receiver | undefined

/** Starts the receiver and returns its port. */
async function receive(): Promise<number> {
  receiver = await startReceiver()
  return receiver.port
}

/** Raises alarms at a steady rate; returns the milliseconds from each batch to its webhook. */
async function page(
  options: Target & { readonly label: string; readonly perSecond: number; readonly count: number },
): Promise<number[]> {
  const { port, token, perSecond, count, label } = options
  const names = Array.from({ length: count }, (_, nth) => `${label}-${nth}`)
  const requests = names.map((name, nth) => slowBatch(token, serviceOf(nth), [name]))
  const sentAt: number[] = []
  const next = (index: number): Buffer | undefined => {
    sentAt.push(performance.now())
    return requests[index]
  }
  const run = await startPaced({
    port,
    connections: CONNECTIONS,
    perSecond,
    next,
    onAnswer: mustBeAccepted,
  })
  await run.done
  const arrivals = await theReceiver().arrivals(names, ARRIVED_WITHIN_MS)
  return names.map((name, nth) => arrivals.get(name)! - sentAt[nth]!)
}

/** Raises all alarms at once, a batch a service; returns the milliseconds until the last webhook. */
async function storm(
  options: Target & { readonly label: string; readonly count: number },
): Promise<number> {
  const { port, token, count, label } = options
  const names = Array.from({ length: count }, (_, nth) => `${label}-${nth}`)
  const requests = Array.from({ length: SERVICES }, (_, service) =>
    slowBatch(
      token,
      serviceOf(service),
      names.filter((_name, nth) => nth % SERVICES === service),
    ),
  )
  const begin = performance.now()
  await closedLoop({
    port,
    connections: SERVICES,
    next: () => requests.pop(),
    onAnswer: (answer) => void mustBeAccepted(answer),
  })
  const arrivals = await theReceiver().arrivals(names, ARRIVED_WITHIN_MS)
  return Math.max(...arrivals.values()) - begin
}

function slowBatch(token: string, service: string, names: readonly string[]): Buffer {
  const observations = names.flatMap((name) =>
    Array.from({ length: SAMPLES }, () => ({
      route: routeOf(name),
      status: 200,
      duration_ms: SLOW_MS,
    })),
  )
  const body = JSON.stringify({ service, observations })
  return requestBytes({ method: 'POST', path: '/v1/request-metrics', token, body })
}

function serviceOf(nth: number): string {
  return `service-${nth % SERVICES}`
}

function mustBeAccepted({ status, body }: Answer): void {
  if (status !== ACCEPTED) throw new Error(`A batch was answered ${status}: ${body.toString()}`)
}

function theReceiver(): Receiver {
  if (receiver === undefined) throw new Error('There is no receiver yet.')
  return receiver
}

const methods = { receive, page, storm }
export type PagingProcess = typeof methods

serveParent(methods)
