import {
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type EpochMs,
  HOUR_MS,
  hourStartOf,
  MINUTE_MS,
  plusMs,
} from '@portcullis/contracts'
import type { Span } from '@portcullis/domain'
import { isoOf } from '@portcullis/projections'
import type { Pool } from 'pg'

import { minuteShapes, routesOfService, SERVICES } from './minute-shapes.ts'
import { PackedColumn } from './packed-column.ts'
import { packedTable } from './packed-group.ts'

const HOURS_AT_ONCE = 500

const INSERT = `insert into metric_minutes (project_id, service, environment, route, hour_start, cells)
  select $1, $2, $3, route, hour_start, substring($4::bytea from place for size)
  from unnest($5::text[], $6::timestamptz[], $7::int[], $8::int[])
    as given (route, hour_start, place, size)`

/** Writes the minutes of a span as the batches of `writeBatches` add up to them. Returns how many hours of routes. */
export async function writeMinutes(pool: Pool, span: Span): Promise<number> {
  let written = 0
  for (const service of SERVICES) {
    const shapeOf = minuteShapes(service)
    const routes = routesOfService(service)
    let rows: { route: string; hour: string }[] = []
    const column = new PackedColumn()
    let inserted: Promise<unknown> = Promise.resolve()
    const flush = async (): Promise<void> => {
      const { bytes, places, sizes } = column.take()
      const names = rows.map(({ route }) => route)
      const hours = rows.map(({ hour }) => hour)
      written += rows.length
      rows = []
      // The next ones are made while the server writes these.
      await inserted
      inserted = pool.query(INSERT, [
        ...[DEFAULT_PROJECT, service, DEFAULT_ENVIRONMENT, bytes],
        ...[names, hours, places, sizes],
      ])
    }
    for (let hour = hourStartOf(span.from); hour < span.to; hour = plusMs(hour, HOUR_MS)) {
      const minutes = minutesOf(hour, span).map((minute) => [minute, shapeOf(minute)] as const)
      for (const route of routes) {
        const groups = minutes.map(
          ([at, shape]) => [at / MINUTE_MS, shape.minutes.get(route)!] as const,
        )
        column.add(packedTable(groups))
        rows.push({ route, hour: isoOf(hour) })
      }
      if (rows.length >= HOURS_AT_ONCE) await flush()
    }
    await flush()
    await inserted
  }
  return written
}

function minutesOf(hour: EpochMs, { from, to }: Span): EpochMs[] {
  const all = Array.from({ length: HOUR_MS / MINUTE_MS }, (_, nth) => plusMs(hour, nth * MINUTE_MS))
  return all.filter((minute) => minute >= from && minute < to)
}
