import { setTimeout as delay } from 'node:timers/promises'

import { SECOND_MS } from '@portcullis/contracts'

import type { Alarm, Gateway, Incident, RouteFigures, Verdict } from '../portcullis/gateway.ts'
import type { Narrator } from './narrator.ts'
import { tellChanges } from './tell-changes.ts'

/** What Portcullis says at one moment. */
export interface Sight {
  readonly verdict: Verdict
  readonly incidents: readonly Incident[]
  readonly alarms: readonly Alarm[]
  readonly figures: readonly RouteFigures[]
}

/** What is waited for. */
export interface Awaited {
  /** As the subject of "did not come". */
  readonly what: string
  readonly withinMs: number
}

/** Looks at Portcullis, and tells what has changed since the last look. */
export interface Watch {
  /** Looks until something is so, and returns what was seen then. Throws when the time is over. */
  until(isSo: (sight: Sight) => boolean, awaited: Awaited): Promise<Sight>
}

const LOOK_MS = 250
/** The figures of the route in trouble are told this often while something is waited for. */
const FIGURES_MS = 6 * SECOND_MS

/** Makes a watch over the route that the story is about: it asks again and again. */
export function createWatch(
  gateway: Gateway,
  { narrator, route, signal }: { narrator: Narrator; route: string; signal: AbortSignal },
): Watch {
  let last: Sight | undefined
  let figuresTold = performance.now()

  const look = async (): Promise<Sight> => {
    const [verdict, incidents, alarms, figures] = await Promise.all([
      gateway.verdict(),
      gateway.incidents(),
      gateway.alarms(),
      gateway.figures(),
    ])
    const sight = { verdict, incidents, alarms, figures }
    tellChanges(narrator, last, sight)
    last = sight
    return sight
  }
  const tellFigures = ({ figures }: Sight): void => {
    const found = figures.find((each) => each.route === route)
    if (found === undefined || performance.now() - figuresTold < FIGURES_MS) return
    narrator.tell('samples', figuresText(found))
    figuresTold = performance.now()
  }
  return {
    until: async (isSo, { what, withinMs }) => {
      const deadline = performance.now() + withinMs
      for (;;) {
        const sight = await look()
        if (isSo(sight)) return sight
        tellFigures(sight)
        if (performance.now() > deadline) {
          throw new Error(`${what} did not come within ${Math.round(withinMs / SECOND_MS)} s.`)
        }
        await delay(LOOK_MS, undefined, { signal })
      }
    },
  }
}

/** A route's last minute in words. */
export function figuresText({ route, windows }: RouteFigures): string {
  const { count, err_rate: errRate, p95_ms: p95Ms } = windows['1m']
  const failed = errRate === 0 ? 'none failed' : `${errRate ?? '?'} % failed`
  const p95 = p95Ms === null ? 'unknown' : `${p95Ms.toFixed(1)} ms`
  return `${route}: ${count} requests in the last minute, ${failed}, p95 ${p95}`
}
