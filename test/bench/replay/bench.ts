import { type Bench, type BenchContext, type Measured, sized } from '../bench.ts'
import { startChild } from '../children/start-child.ts'
import type { EmmettProcess } from '../peers/emmett-process.ts'
import { createSiblingDatabase, openDatabase, postgresVersion } from '../product/database.ts'
import { runCli } from '../product/run-cli.ts'
import { startProduct } from '../product/start-product.ts'
import { medianOfRounds } from '../rounds.ts'
import { EVENTS_PER_LIFE } from '../traffic/incident-lives.ts'
import type { ReadingProcess } from './reading-process.ts'
import { seedBatches } from './seed-batches.ts'
import { seedLog } from './seed-log.ts'

const INCIDENTS = Math.ceil(1_000_000 / EVENTS_PER_LIFE)
const INCIDENTS_QUICK = 5_000
const MINUTES = 15
const MINUTES_QUICK = 1
const EMMETT_INCIDENTS = Math.ceil(20_000 / EVENTS_PER_LIFE)
const EMMETT_INCIDENTS_QUICK = 200
const EMMETT_CONNECTIONS = 10

/**
 * Events per second of `portcullis replay`, from the command's start to its end: it checks the chain,
 * folds all events and batches into tables beside the live ones, and cuts over while the product runs. The
 * peers are a plain read with the same folds in memory, and Emmett's rebuild of the same kind of events.
 */
export const replayBench: Bench = {
  name: 'replay',
  measures: "events per second of replay, over a plain read and fold, and over Emmett's rebuild",
  targets: [
    { key: 'ratio_read', bound: 'at least', limit: 0.5 },
    { key: 'ratio_emmett', bound: 'at least', limit: 100 },
    { key: 'events_per_s', bound: 'at least', limit: 80_000 },
  ],
  run,
}

async function run(context: BenchContext): Promise<Measured> {
  const { scope, say } = context
  const product = await startProduct(scope)
  const database = await openDatabase(scope, product)
  const incidents = sized(context, INCIDENTS, INCIDENTS_QUICK)
  const batches = await seedBatches(product, database, sized(context, MINUTES, MINUTES_QUICK))
  const seeded = await seedLog(product.databaseUrl, incidents)
  say(`replays ${seeded} events beside ${batches} batches`)
  const emmettPerSecond = await rebuildWithEmmett(context, async (name) =>
    createSiblingDatabase(database, product, name),
  )
  say(`Emmett rebuilds ${Math.round(emmettPerSecond)} events/s`)
  const reading = startChild<ReadingProcess>(scope, new URL('reading-process.ts', import.meta.url))
  // The first replay makes the projections what the log says; statistics are what a day later they are.
  await runCli(product.databaseUrl, ['replay'])
  await database.query('vacuum analyze')
  const medians = await medianOfRounds(context, async () => {
    const { elapsedMs } = await runCli(product.databaseUrl, ['replay'])
    const read = await reading.call('readAndFold', product.databaseUrl)
    if (read.events < seeded || read.rows < incidents) throw new Error('The peer read too little.')
    const eventsPerSecond = (read.events / elapsedMs) * 1_000
    return {
      events_per_s: eventsPerSecond,
      read_per_s: (read.events / read.elapsedMs) * 1_000,
      ratio_read: read.elapsedMs / elapsedMs,
      ratio_emmett: eventsPerSecond / emmettPerSecond,
    }
  })
  return { figures: medians, postgres: await postgresVersion(database) }
}

/** One round: at some hundred events per second, five would say no more and take five minutes. */
async function rebuildWithEmmett(
  context: BenchContext,
  createDatabase: (name: string) => Promise<string>,
): Promise<number> {
  const emmett = startChild<EmmettProcess>(
    context.scope,
    new URL('../peers/emmett-process.ts', import.meta.url),
  )
  const connectionString = await createDatabase('emmett')
  await emmett.call('open', { connectionString, connections: EMMETT_CONNECTIONS })
  const incidents = sized(context, EMMETT_INCIDENTS, EMMETT_INCIDENTS_QUICK)
  await emmett.call('seedLives', { count: incidents })
  const { count, elapsedMs } = await emmett.call('rebuild', undefined)
  await emmett.end()
  return (count / elapsedMs) * 1_000
}
