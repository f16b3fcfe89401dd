import { setTimeout as delay } from 'node:timers/promises'

import pg from 'pg'

import type { Scope } from '../scope.ts'
import type { Product } from './start-product.ts'

/** Connects to the product's database, as a user with psql would, until the scope ends. */
export async function openDatabase(scope: Scope, product: Product): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: product.databaseUrl })
  await client.connect()
  scope.teardown(() => client.end())
  return client
}

/** Returns the server's version, for example "18.4". */
export async function postgresVersion(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  return rows[0]!.server_version
}

/** Makes an empty database on the product's server, and returns its URL. */
export async function createSiblingDatabase(
  client: pg.Client,
  product: Product,
  name: string,
): Promise<string> {
  await client.query(`create database ${name}`)
  const url = new URL(product.databaseUrl)
  url.pathname = `/${name}`
  return url.href
}

const QUIET_MS = 1_000
const POLL_MS = 100
const QUIET_WITHIN_MS = 300_000

/**
 * Waits until the product has nothing left to do: for a second nothing was appended, and no timer
 * and no delivery is due. What follows is then not measured beside the work of what came before.
 */
export async function waitUntilQuiet(client: pg.Client): Promise<void> {
  const deadline = performance.now() + QUIET_WITHIN_MS
  let seen = await workOf(client)
  let since = performance.now()
  while (seen.due > 0 || performance.now() - since < QUIET_MS) {
    if (performance.now() > deadline) throw new Error('The product never comes to rest.')
    await delay(POLL_MS)
    const now = await workOf(client)
    if (now.position !== seen.position || now.due > 0) since = performance.now()
    seen = now
  }
}

async function workOf(client: pg.Client): Promise<{ position: number; due: number }> {
  const { rows } = await client.query<{ position: number; due: number }>(
    `select (select position from log_heads where project_id = 'default')::float8 as position,
       ((select count(*) from timers where due_at <= clock_timestamp())
        + (select count(*) from outbox where next_attempt_at <= clock_timestamp())
        + (select count(*) from commands where status = 'waiting'))::float8 as due`,
  )
  return rows[0]!
}
