// The peer of `commands` and `replay`: Emmett's event store for PostgreSQL, in a process of its own and
// on the server that the product uses, without a network hop in front.
import { performance } from 'node:perf_hooks'

import { projections } from '@event-driven-io/emmett'
import {
  getPostgreSQLEventStore,
  type PostgresEventStore,
  rebuildPostgreSQLProjections,
} from '@event-driven-io/emmett-postgresql'
import type { EpochMs, IncidentEvent } from '@portcullis/contracts'
import pg from 'pg'

import { serveParent } from '../children/serve-parent.ts'
import { acknowledged, lifeOf } from '../traffic/incident-lives.ts'
import { type EmmettIncidentEvent, incidentsProjection } from './emmett-incidents.ts'

export interface Work {
  readonly count: number
  readonly elapsedMs: number
}

/** Documents of the first append, which makes the schema. */
const WARM_UP = 1

let server = ''
let store: PostgresEventStore
let incidents = 0
let acknowledgements = 0

/** Connects to an empty database. The first append makes the schema: it must come alone. */
async function open(options: { connectionString: string; connections: number }): Promise<void> {
  const { connectionString, connections } = options
  server = connectionString
  const pool = new pg.Pool({ connectionString, max: connections })
  store = getPostgreSQLEventStore(connectionString, {
    projections: projections.inline([incidentsProjection]),
    connectionOptions: { pooled: true, pool },
  })
  await append('warmup-0', [acknowledged(present())])
}

/** Opens further incidents, for `acknowledge` to work on. */
async function openIncidents({
  count,
  writers,
}: {
  count: number
  writers: number
}): Promise<void> {
  const last = incidents + count
  await parallel(writers, async () => {
    if (incidents >= last) return false
    const index = (incidents += 1)
    await append(streamOf(index), lifeOf(index).slice(0, 1))
    return true
  })
}

/** Appends one event to each of the next `count` incidents, from `writers` loops. */
async function acknowledge(options: { count: number; writers: number }): Promise<Work> {
  const { count, writers } = options
  if (acknowledgements + count > incidents) throw new Error('Too few incidents are open.')
  const last = acknowledgements + count
  const begin = performance.now()
  await parallel(writers, async () => {
    if (acknowledgements >= last) return false
    const index = (acknowledgements += 1)
    await append(streamOf(index), [acknowledged(present())])
    return true
  })
  return { count, elapsedMs: performance.now() - begin }
}

/**
 * Appends the whole lives of incidents, one after the other: Emmett 0.42 reads by transaction and
 * goes on by position, so that its rebuild skips events of writers that overlapped.
 */
async function seedLives({ count }: { count: number }): Promise<void> {
  for (const last = incidents + count; incidents < last;) {
    const index = (incidents += 1)
    await append(streamOf(index), lifeOf(index))
  }
}

/** Rebuilds the projection from all events. Throws when it lacks a document afterwards. */
async function rebuild(): Promise<Work> {
  const count = await countRows('emt_messages')
  const begin = performance.now()
  const consumer = rebuildPostgreSQLProjections({
    connectionString: server,
    projections: [incidentsProjection],
  })
  await consumer.start()
  const elapsedMs = performance.now() - begin
  await consumer.close()
  const documents = await countRows('incidents')
  if (documents !== incidents + WARM_UP) {
    throw new Error(`Emmett's rebuild made ${documents} of ${incidents + WARM_UP} documents.`)
  }
  return { count, elapsedMs }
}

async function countRows(table: 'emt_messages' | 'incidents'): Promise<number> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  const { rows } = await client.query<{ count: string }>(`select count(*) from ${table}`)
  await client.end()
  return Number(rows[0]!.count)
}

async function parallel(writers: number, step: () => Promise<boolean>): Promise<void> {
  const write = async (): Promise<void> => {
    while (await step());
  }
  await Promise.all(Array.from({ length: writers }, write))
}

async function append(stream: string, events: readonly IncidentEvent[]): Promise<void> {
  await store.appendToStream<EmmettIncidentEvent>(stream, events as EmmettIncidentEvent[])
}

function present(): EpochMs {
  return Date.now() as EpochMs
}

function streamOf(index: number): string {
  return `incident-${index}`
}

const methods = { open, openIncidents, acknowledge, seedLives, rebuild }
export type EmmettProcess = typeof methods

serveParent(methods)
