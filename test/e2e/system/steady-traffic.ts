import { setTimeout as delay } from 'node:timers/promises'

import { waitFor } from '@portcullis/testkit'

import type { Gateway } from './gateway.ts'
import { type Batch, batchOf, postUntilAccepted } from './traffic.ts'

/** Clients that send batch after batch, and each batch until a gateway has accepted it. */
export interface SteadyTraffic {
  /** Every batch that was accepted, in the order of the answers. */
  readonly accepted: readonly Batch[]
  /** Resolves when so many more are accepted. */
  more(count: number): Promise<void>
  /** Sends no new batch; resolves when all that was sent is accepted, and returns all of it. */
  stop(): Promise<readonly Batch[]>
}

export interface SteadyTrafficOptions {
  readonly services: readonly string[]
  readonly clients?: number
  readonly observationsMax?: number
}

/** From an answer to a client's next batch: what is broken mends sooner on a machine that is not busy with traffic alone. */
const PAUSE_MS = 100

/** Time for whatever is broken to be mended. */
const MORE_MS_MAX = 120_000

/** Starts clients; batches differ in service and size, so that nothing fits by chance. */
export function startTraffic(
  gateways: readonly Gateway[],
  { services, clients = 4, observationsMax = 20 }: SteadyTrafficOptions,
): SteadyTraffic {
  const accepted: Batch[] = []
  let stopped = false
  let made = 0

  const client = async (nth: number): Promise<void> => {
    // Clients prefer different gateways, and go to the next one after a doubt.
    const preferred = gateways.map((_, index) => gateways[(index + nth) % gateways.length]!)
    while (!stopped) {
      made += 1
      const service = services[made % services.length]!
      const count = 1 + (made % observationsMax)
      accepted.push(
        await postUntilAccepted(preferred, batchOf({ service, route: `GET /${made % 7}`, count })),
      )
      await delay(PAUSE_MS)
    }
  }
  const running = Promise.all(Array.from({ length: clients }, (_, nth) => client(nth)))
  // Whoever waits for it hears of its failure; until then nobody does.
  running.catch(() => {
    stopped = true
  })
  return {
    accepted,
    more: async (count) => {
      const target = accepted.length + count
      const isReached = async (): Promise<boolean> => {
        if (stopped) await running
        return accepted.length >= target
      }
      await waitFor(isReached, {
        what: `the acceptance of ${count} more batches`,
        timeoutMs: MORE_MS_MAX,
      })
    },
    stop: async () => {
      stopped = true
      await running
      return accepted
    },
  }
}
