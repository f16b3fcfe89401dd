import type { TestScope } from '@portcullis/testkit'

import { type Backend, startSystem, type System } from '../e2e/system/start-system.ts'
import { startTraffic } from '../e2e/system/steady-traffic.ts'
import type { Batch } from '../e2e/system/traffic.ts'
import { batchFaults, recordedFaults, settle } from './check-guarantees.ts'
import { startCommands } from './command-load.ts'
import { disrupt } from './disruptions.ts'
import { startProbe } from './guard-probe.ts'
import { randomOf } from './random.ts'

export interface ChaosOptions {
  readonly backend: Backend
  /** One kill point each. */
  readonly seeds: readonly number[]
  /** How long a server that goes away stays away, in milliseconds. */
  readonly awayMs?: number
  readonly say: (line: string) => void
}

/** What a run found. */
export interface ChaosReport {
  readonly batches: number
  readonly commands: number
  /** Answers of the guard by what they said. */
  readonly answers: Readonly<Record<string, number>>
  /** Whatever broke a guarantee; empty when they hold. */
  readonly violations: readonly string[]
}

/** A moment is "after so many more accepted batches": no clock says when something breaks. */
const BATCHES_BEFORE_MAX = 40

/** Settings under which much happens in little time. */
const ENV = {
  PORTCULLIS_BEHIND_MS: '5000',
  ESC_CRIT_ACK_MIN: '0.05',
  ESC_SNOOZE_MIN: '0.05',
  MAX_ESC_LEVEL: '3',
}

const COUNTS = { gateway: 2, aggregator: 2, escalator: 2, notifier: 1 }

/**
 * Runs a system under traffic, commands and questions, does to it what each seed says, lets it come to
 * rest, and looks whether the guarantees held. What is wrong with the log, the projections, the
 * processes and their logs is told when the scope ends.
 */
export async function runChaos(
  scope: TestScope,
  { backend, seeds, awayMs = 0, say }: ChaosOptions,
): Promise<ChaosReport> {
  const system = await startSystem(scope, {
    backend,
    counts: COUNTS,
    env: ENV,
    ownPostgres: true,
    appendfsync: 'always',
  })
  system.allowEnds()
  // It is what they are to say when somebody empties Redis.
  if (backend === 'redis') system.log.announce(/accepted batches were lost/u)
  const traffic = startTraffic(system.gateways, { services: ['shop', 'search', 'billing'] })
  const commands = startCommands(system.gateways, traffic, seeds[0] ?? 0)
  const probe = startProbe(system)
  const losable: Batch[] = []
  for (const seed of seeds) {
    const random = randomOf(seed)
    await traffic.more(random.int(1, BATCHES_BEFORE_MAX))
    const scene = { system, traffic, commands, probe, random, awayMs, losable }
    const what = await disrupt(seed, scene)
    say(`seed ${seed}: ${what} (${traffic.accepted.length} batches)`)
  }
  await commands.stop()
  const accepted = { batches: await traffic.stop(), losable }
  await settle(system, accepted)
  await probe.stop()
  return {
    batches: accepted.batches.length,
    commands: commands.answered.length,
    answers: Object.fromEntries(probe.answers),
    violations: [
      ...probe.violations,
      ...(await batchFaults(system.database.pool, accepted)),
      ...(await probe.samples.faults(system.database.pool)),
      ...(await recordedFaults(system, commands.answered)),
      ...deafness(system),
    ],
  }
}

/** A run in which nothing was told or asked proves nothing. */
function deafness({ receiver }: System): string[] {
  return receiver.requests.length > 0 ? [] : ['No webhook was received.']
}
