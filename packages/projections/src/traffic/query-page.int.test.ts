import {
  DEFAULT_PROJECT,
  type EnvironmentName,
  type EpochMs,
  HOUR_MS,
  type RouteName,
  type ServiceName,
  type VersionName,
} from '@portcullis/contracts'
import { addCellAt, foldObservations, groupAt, type HourCells, packHour } from '@portcullis/domain'
import { createDatabase } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t from 'tap'

import { eachHour, storedRoutes } from './query-hours.ts'
import { pageOf } from './query-page.ts'

// Goal: an answer about the past holds whole services, and no more than it may. Method: hours are
// stored as the compaction stores them, and asked for.

const HOUR = Date.UTC(2026, 10, 23, 10) as EpochMs
const environment = 'production' as EnvironmentName
const route = 'GET /a' as RouteName

interface Stored {
  readonly service: string
  readonly route?: string
  readonly environment?: string
  readonly hours?: number
}

function hourAt(start: EpochMs): Uint8Array {
  const cells: HourCells = new Map()
  const folded = foldObservations([{ route, status: 200, durationMs: 5, at: start }])
  for (const [minute, routes] of folded) {
    addCellAt(groupAt(cells, minute), '' as VersionName, routes.get(route)!)
  }
  return packHour(cells)
}

async function store(pool: Pool, rows: readonly Stored[]): Promise<void> {
  for (const { service, hours = 0, ...rest } of rows) {
    const start = (HOUR + hours * HOUR_MS) as EpochMs
    await pool.query(
      `insert into metric_minutes (project_id, service, environment, route, hour_start, cells)
       values ($1, $2, $3, $4, $5, $6)`,
      [
        DEFAULT_PROJECT,
        service,
        rest.environment ?? environment,
        rest.route ?? route,
        new Date(start),
        hourAt(start),
      ],
    )
  }
}

const names = (...services: readonly string[]) => services as readonly ServiceName[]

t.test('each route of a service is found once, however often it is stored', async (t) => {
  const { pool } = await createDatabase(t)
  const service = 'shop' as ServiceName
  t.same(await storedRoutes(pool, DEFAULT_PROJECT, { service, environment }), [])
  const routes = ['GET /b', 'GET /a', 'POST /ä', `GET /'quoted'`, 'OTHER']
  await store(
    pool,
    routes.flatMap((one) => [0, 1, 2].map((hours) => ({ service, route: one, hours }))),
  )
  await store(pool, [
    { service: 'other', route: 'GET /other' },
    { service, environment: 'staging', route: 'GET /staging' },
  ])
  const found = await storedRoutes(pool, DEFAULT_PROJECT, { service, environment })
  t.same(found.toSorted(), routes.toSorted())
})

t.test('a page ends before the service that does not fit into it', async (t) => {
  const { pool } = await createDatabase(t)
  await store(pool, [
    ...['a', 'b', 'c'].map((service) => ({ service })),
    ...['GET /1', 'GET /2', 'GET /3'].map((one) => ({ service: 'd', route: one })),
  ])
  const page = async (services: readonly ServiceName[], routesMax: number) =>
    pageOf(
      pool,
      DEFAULT_PROJECT,
      { services, environment, route: null },
      (_, routes) => routes / routesMax,
    )
  t.match(await page(names('a', 'b', 'c'), 3), {
    services: [{ service: 'a' }, { service: 'b' }, { service: 'c' }],
    next: null,
  })
  t.match(await page(names('a', 'b', 'c'), 2), {
    services: [{ service: 'a' }, { service: 'b' }],
    next: 'b',
  })
  t.match(await page(names('a', 'd'), 2), { services: [{ service: 'a' }], next: 'a' })
  t.same(await page(names('d'), 2), { rejected: 'too_much', service: 'd', share: 1.5 })
  t.same(await page(names(), 2), { services: [], next: null })
})

t.test('a page looks at a hundred services at most', async (t) => {
  const { pool } = await createDatabase(t)
  const services = Array.from({ length: 101 }, (_, nth) => `s${nth}`) as ServiceName[]
  const asked = { services, environment, route }
  const page = await pageOf(pool, DEFAULT_PROJECT, asked, () => 0)
  t.match(page, { next: 's99' })
  t.equal('services' in page && page.services.length, 100)
})

t.test('every hour of a span is read once, whatever the number of routes', async (t) => {
  const { pool } = await createDatabase(t)
  const routes = Array.from({ length: 150 }, (_, nth) => `GET /${nth}`) as RouteName[]
  const hours = [-1, 0, 1, 2, 3]
  await store(
    pool,
    routes.slice(0, 140).flatMap((one) => hours.map((hour) => hourOf(one, hour))),
  )
  const seen = new Map<string, number>()
  const asked = {
    scope: { service: 'shop' as ServiceName, environment },
    routes,
    hours: { from: HOUR, to: (HOUR + 3 * HOUR_MS) as EpochMs },
  }
  await eachHour(pool, DEFAULT_PROJECT, asked, (name, hour) => {
    for (const minute of hour.keys()) {
      const key = `${name} ${minute}`
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
  })
  t.equal(seen.size, 140 * 3)
  t.ok([...seen.values()].every((times) => times === 1))
  await pool.query(`update metric_minutes set cells = '\\x00' where route = 'GET /139'`)
  await t.rejects(
    eachHour(pool, DEFAULT_PROJECT, asked, () => {}),
    /stored minutes: unknown_tag/u,
  )
})

function hourOf(name: RouteName, hours: number): Stored {
  return { service: 'shop', route: name, hours }
}
