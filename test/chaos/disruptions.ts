import { waitFor } from '@portcullis/testkit'
import { Redis } from 'ioredis'

import type { ServiceProcess } from '../e2e/system/service-process.ts'
import type { Backend, System } from '../e2e/system/start-system.ts'
import type { SteadyTraffic } from '../e2e/system/steady-traffic.ts'
import { type Batch, untilFolded } from '../e2e/system/traffic.ts'
import type { CommandLoad } from './command-load.ts'
import type { GuardProbe } from './guard-probe.ts'
import type { Random } from './random.ts'

/** What a disruption works with. */
export interface Scene {
  readonly system: System
  readonly traffic: SteadyTraffic
  readonly commands: CommandLoad
  readonly probe: GuardProbe
  readonly random: Random
  /** How long what is away stays away at least, in milliseconds. */
  readonly awayMs: number
  /** Where batches go that Redis may have lost. */
  readonly losable: Batch[]
}

/** Something that breaks, and is mended again when the promise resolves. Returns what it was. */
export type Disruption = (scene: Scene) => Promise<string>

/** Batches that are accepted while something is broken that others stand in for. */
const BATCHES_MEANWHILE_MAX = 25
const SEEN_WITHIN_MS = 60_000

/** SIGKILL of one process at any moment; others of its kind may have to stand in for a while. */
const killOne: Disruption = async ({ system, traffic, random }) => {
  const victim = random.pick(system.processes)
  await victim.kill()
  if (!isTheOnlyGateway(system, victim)) await traffic.more(random.int(0, BATCHES_MEANWHILE_MAX))
  await victim.start()
  return `${victim.name} was killed`
}

/** SIGKILL of a process that is just starting. */
const killTwice: Disruption = async ({ system, random }) => {
  const victim = random.pick(system.processes)
  await victim.kill()
  const starting = victim.start()
  await victim.kill()
  await starting
  await victim.start()
  return `${victim.name} was killed, and killed again as it started`
}

/** SIGKILL of all processes at once: a machine that loses its power. */
const killAll: Disruption = async ({ system }) => {
  await Promise.all(system.processes.map((one) => one.kill()))
  await Promise.all(system.processes.map((one) => one.start()))
  return 'every process was killed'
}

/** A process that stands still for a while and then goes on as if nothing had happened. */
const pauseOne: Disruption = async ({ system, traffic, random }) => {
  const workers = system.processes.filter(({ service }) => service !== 'gateway')
  const paused = random.pick(workers)
  paused.pause()
  await traffic.more(random.int(1, 4 * BATCHES_MEANWHILE_MAX))
  paused.resume()
  return `${paused.name} stood still`
}

/** Connections of the product that Postgres cuts, in whatever statement they are. */
const cutConnections: Disruption = async ({ system, random }) => {
  const { rowCount } = await system.database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()
       and application_name like 'portcullis%' order by hashint8(pid + $1) limit $2`,
    [random.int(1, 1_000), random.int(1, 8)],
  )
  return `${rowCount} connections were cut`
}

/** Postgres crashes, and is away until the guard has said so. */
const crashPostgres: Disruption = async ({ system, probe, awayMs }) => {
  const saidBefore = probe.answers.get('store_unavailable') ?? 0
  await system.postgres!.kill()
  probe.storeIsAway(true)
  await untilSaid(probe, { cause: 'store_unavailable', saidBefore, awayMs })
  probe.storeIsAway(false)
  await system.postgres!.start()
  return 'Postgres crashed'
}

/** Waits until the guard has called itself stale, and what is away has been so for long enough. */
async function untilSaid(
  probe: GuardProbe,
  { cause, saidBefore, awayMs }: { cause: string; saidBefore: number; awayMs: number },
): Promise<void> {
  const since = performance.now()
  const isSaid = (): boolean =>
    (probe.answers.get(cause) ?? 0) > saidBefore && performance.now() - since >= awayMs
  await waitFor(isSaid, {
    what: `stale_data because of ${cause}`,
    timeoutMs: SEEN_WITHIN_MS + awayMs,
  })
}

/** Redis crashes and comes back with what it wrote to its file. */
const crashRedis: Disruption = async ({ system }) => {
  await system.redis!.kill()
  await system.redis!.start()
  return 'Redis crashed'
}

/** Redis answers nothing until the guard has said that it cannot know any more. */
const pauseRedis: Disruption = async ({ system, probe, awayMs }) => {
  const saidBefore = probe.answers.get('behind') ?? 0
  system.redis!.pause()
  await untilSaid(probe, { cause: 'behind', saidBefore, awayMs })
  system.redis!.resume()
  return 'Redis stood still'
}

/**
 * Somebody empties Redis while batches wait in it. All that was accepted before is folded first, so
 * that only what is accepted from then on may be lost.
 */
const flushRedis: Disruption = async ({ system, traffic, probe, losable }) => {
  const { aggregators, database, redis } = system
  const lostBefore = new Set(losable)
  const kept = traffic.accepted.filter((batch) => !lostBefore.has(batch))
  await untilFolded(database.pool, kept, SEEN_WITHIN_MS)
  const before = traffic.accepted.length
  for (const aggregator of aggregators) aggregator.pause()
  await traffic.more(BATCHES_MEANWHILE_MAX)
  const saidBefore = probe.answers.get('incomplete_window') ?? 0
  const client = new Redis(redis!.url, { lazyConnect: true })
  await client.flushall()
  client.disconnect()
  for (const aggregator of aggregators) aggregator.resume()
  // Accepted before the flush, and answered after it.
  await traffic.more(BATCHES_MEANWHILE_MAX)
  losable.push(...traffic.accepted.slice(before))
  await untilSaid(probe, { cause: 'incomplete_window', saidBefore, awayMs: 0 })
  return 'Redis was emptied'
}

/** Somebody edits an incident in psql and goes for a coffee before the commit. */
const holdIncident: Disruption = async ({ system, commands, random }) => {
  const session = await system.database.pool.connect()
  try {
    await session.query('begin')
    const { rowCount } = await session.query(
      `update incidents set last_seen = now() where id = (select id from incidents limit 1)`,
    )
    if (rowCount === 0) return 'there was no incident to hold'
    const target = commands.answered.length + random.int(1, 5)
    await waitFor(() => commands.answered.length >= target, {
      what: 'commands on other incidents while one is held',
      timeoutMs: SEEN_WITHIN_MS,
    })
    return 'an incident was held'
  } finally {
    await session.query('commit')
    session.release()
  }
}

function isTheOnlyGateway({ gateways }: System, process: ServiceProcess): boolean {
  return gateways.every((gateway) => gateway.process === process || !gateway.process.isUp())
}

const KILLS: readonly Disruption[] = [killOne, killOne, killTwice, killOne, killAll]

const nothing: Disruption = async () => 'nothing else'

/**
 * What else happens while processes are killed, seed after seed: a run of ten seeds has all of it,
 * and what takes the store or the queues away is not the rule.
 */
const TROUBLES: Readonly<Record<Backend, readonly Disruption[]>> = {
  postgres: [nothing, crashPostgres, holdIncident, cutConnections, pauseOne],
  redis: [pauseRedis, crashPostgres, holdIncident, cutConnections, crashRedis, pauseOne],
}
const ROUND = 20
const FLUSHED_AT = 6

/**
 * Does to a system what a seed says: kills, most often one process, and meanwhile perhaps something
 * else. Resolves when all is mended; returns what it was.
 */
export async function disrupt(seed: number, scene: Scene): Promise<string> {
  const { random, system } = scene
  const step = (seed - 1) % ROUND
  if (system.backend === 'redis' && step === FLUSHED_AT) return flushRedis(scene)
  const kill = random.pick(KILLS)
  const trouble = TROUBLES[system.backend][step] ?? nothing
  return (await Promise.all([kill(scene), trouble(scene)])).join(', ')
}
