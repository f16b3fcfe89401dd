import { once } from 'node:events'
import { createServer } from 'node:http'
import { performance } from 'node:perf_hooks'
import { buffer } from 'node:stream/consumers'

import { portOf } from '../children/port-of.ts'

const NAME = /\/page\/([a-z]+-\d+)/u

/** Takes webhooks, and knows when the first one of each incident arrived. */
export interface Receiver {
  readonly port: number
  /** Returns when each of the named incidents has arrived; throws when some have not in time. */
  arrivals(names: readonly string[], withinMs: number): Promise<Map<string, number>>
}

/** The route of an incident that is paged for; the webhook is known by it. */
export function routeOf(name: string): string {
  return `GET /page/${name}`
}

/** Starts a receiver that answers 204 to everything. Times are those of `performance.now()`. */
export async function startReceiver(): Promise<Receiver> {
  const arrivedAt = new Map<string, number>()
  let look = (): void => {}
  const server = createServer((request, response) => {
    buffer(request).then(
      (body) => {
        const name = NAME.exec(body.toString())?.[1]
        if (name !== undefined && !arrivedAt.has(name)) arrivedAt.set(name, performance.now())
        response.writeHead(204).end()
        look()
      },
      () => response.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: portOf(server),
    arrivals: (names, withinMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const missing = names.filter((name) => !arrivedAt.has(name)).length
          reject(new Error(`${missing} of ${names.length} pages did not arrive.`))
        }, withinMs)
        // Looks at the last of them first: as a rule it is the one that is missing.
        const waiting = new Set(names)
        look = () => {
          for (const name of waiting) {
            if (!arrivedAt.has(name)) return
            waiting.delete(name)
          }
          clearTimeout(timer)
          resolve(new Map(names.map((name) => [name, arrivedAt.get(name)!])))
        }
        look()
      }),
  }
}
