import { setTimeout as delay } from 'node:timers/promises'

import { DEFAULT_ENVIRONMENT } from '@portcullis/contracts'

import type { Gateway } from '../e2e/system/gateway.ts'
import { askGuard, type GuardAnswer, staleCausesOf } from '../e2e/system/guard.ts'
import type { System } from '../e2e/system/start-system.ts'
import { createVerdictSamples, type VerdictSamples } from './verdict-samples.ts'

/** Somebody who asks the guard all the time, and notes every answer that should not be. */
export interface GuardProbe {
  readonly violations: readonly string[]
  /** How many answers came, by what they said: `pass`, `fail`, or the cause of being stale. */
  readonly answers: ReadonlyMap<string, number>
  /** Verdicts about what has traffic. */
  readonly samples: VerdictSamples
  /** Says whether the store is away: until it is back no answer may pass. */
  storeIsAway(isAway: boolean): void
  stop(): Promise<void>
}

interface Heads {
  readonly log: number
  readonly metrics: readonly number[]
}

/** So that asking does not take the machine away from what is asked. */
const PAUSE_MS = 25
const TIMEOUT_MS = 10_000

async function ask(gateway: Gateway, environment: string): Promise<GuardAnswer | null> {
  try {
    return await askGuard(gateway, { environment }, TIMEOUT_MS)
  } catch {
    // Nobody answers while it is down; that is no wrong answer.
    return null
  }
}

function isVerdict({ body }: GuardAnswer): boolean {
  return typeof body === 'object' && body !== null && 'outcome' in body
}

/** Starts to ask the gateways in turn, about an environment without traffic and one with it. */
export function startProbe({ gateways, database }: System): GuardProbe {
  const violations: string[] = []
  const answers = new Map<string, number>()
  const samples = createVerdictSamples()
  let isAway = false
  let stopped = false

  const headsNow = async (): Promise<Heads | null> => {
    try {
      const { rows } = await database.pool.query<Heads>(
        `select (select position from log_heads)::float8 as log,
           (select array_agg(seq::float8 order by shard) from shard_heads) as metrics`,
      )
      return rows[0] ?? null
    } catch {
      // The store is away: then nothing is known of what an answer must contain.
      return null
    }
  }
  const judge = (answer: GuardAnswer, before: Heads | null, wasAway: boolean): void => {
    const { verdict, status } = answer
    const said = [...staleCausesOf(answer).map(String), verdict.outcome].at(0) ?? ''
    answers.set(said, (answers.get(said) ?? 0) + 1)
    if (verdict.pass !== (status === 200)) violations.push(`pass and ${status} disagree`)
    if (wasAway && isAway && verdict.pass) violations.push('It passed while the store was away.')
    if (before === null || verdict.heads === null) return
    const { log, metrics } = verdict.heads
    if (log < before.log || before.metrics.some((seq, shard) => metrics[shard]! < seq)) {
      const both = `${JSON.stringify(verdict.heads)} after ${JSON.stringify(before)}`
      violations.push(`An answer was older than its question: ${both}`)
    }
  }
  const run = async (): Promise<void> => {
    for (let nth = 0; !stopped; nth += 1) {
      const gateway = gateways[nth % gateways.length]!
      const wasAway = isAway
      const before = await headsNow()
      const answer = await ask(gateway, 'quiet')
      if (answer !== null && isVerdict(answer)) judge(answer, before, wasAway)
      else if (answer !== null) violations.push(`No verdict: ${JSON.stringify(answer)}`)
      const busy = await ask(gateway, DEFAULT_ENVIRONMENT)
      if (busy !== null && isVerdict(busy)) samples.take(gateway, busy)
      await delay(PAUSE_MS)
    }
  }
  const running = run()
  return {
    violations,
    answers,
    samples,
    storeIsAway: (away) => {
      isAway = away
    },
    stop: async () => {
      stopped = true
      await running
    },
  }
}
