import { randomUUID } from 'node:crypto'

import { waitFor } from '@portcullis/testkit'

import type { Answer, Gateway } from '../e2e/system/gateway.ts'
import type { SteadyTraffic } from '../e2e/system/steady-traffic.ts'
import { type Random, randomOf } from './random.ts'

/** Somebody who opens incidents and acts on them, and repeats what got no clear answer. */
export interface CommandLoad {
  /** Idempotency keys of the commands that were accepted or refused by a decision. */
  readonly answered: readonly string[]
  stop(): Promise<void>
}

const ROUTES = 12
const COMMANDS = ['ack', 'unack', 'resolve', 'reopen', 'escalate', 'unsnooze'] as const
/** Accepted batches between two commands: so many decisions that each of them can be looked at. */
const BATCHES_BETWEEN = 3
const ANSWERED_WITHIN_MS = 180_000
const TIMEOUT_MS = 8_000

/** Starts to send commands, beside `traffic` and at its pace. */
export function startCommands(
  gateways: readonly Gateway[],
  traffic: SteadyTraffic,
  seed: number,
): CommandLoad {
  const random = randomOf(seed)
  const answered: string[] = []
  const incidents: string[] = []
  let stopped = false

  const perform = async (path: string, body: object): Promise<void> => {
    const key = randomUUID()
    const answer = await decidedAnswer(gateways, random, { path, body, key })
    answered.push(key)
    const { incident } = answer.body as { incident?: { id: string } }
    if (incident !== undefined && !incidents.includes(incident.id)) incidents.push(incident.id)
  }
  const run = async (): Promise<void> => {
    while (!stopped) {
      await traffic.more(BATCHES_BETWEEN)
      if (incidents.length === 0 || random.int(0, 2) === 0) {
        const route = `GET /by-hand-${random.int(1, ROUTES)}`
        await perform('/ops/incidents', { service: 'shop', environment: 'staging', route })
      } else {
        await perform(`/ops/incidents/${random.pick(incidents)}/${random.pick(COMMANDS)}`, {})
      }
    }
  }
  const running = run()
  // Whoever stops it hears of its failure; until then nobody does.
  running.catch(() => {
    stopped = true
  })
  return {
    answered,
    stop: async () => {
      stopped = true
      await running
    },
  }
}

/** Sends a command until it is clear what became of it: done, refused, or accepted for later. */
async function decidedAnswer(
  gateways: readonly Gateway[],
  random: Random,
  { path, body, key }: { path: string; body: object; key: string },
): Promise<Answer> {
  const tried = async (): Promise<Answer | false> => {
    const answer = await random.pick(gateways).ask(path, {
      method: 'POST',
      body,
      headers: { 'idempotency-key': key },
      timeoutMs: TIMEOUT_MS,
    })
    if (answer.status >= 500 || answer.status === 429) return false
    if ([200, 202, 409].includes(answer.status)) return answer
    const said = JSON.stringify(answer.body)
    throw new Error(`${path} was answered ${answer.status}: ${said}`)
  }
  return waitFor(tried, {
    what: `an answer to ${path}`,
    timeoutMs: ANSWERED_WITHIN_MS,
    pollMs: 50,
  })
}
