import {
  DAY_MS,
  DEFAULT_PROJECT,
  type EpochMs,
  HOUR_MS,
  type RouteName,
  systemMeta,
} from '@portcullis/contracts'
import { inTransaction, sealStream } from '@portcullis/event-log'
import { createDatabase } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import { appendAndFold } from '../append-and-fold.ts'
import { hashOfDay } from './day-hash.ts'
import { verifySeals } from './verify-seals.ts'

const project = DEFAULT_PROJECT
const FIRST_DAY = Date.UTC(2026, 10, 20) as EpochMs
const dayAfter = (days: number): EpochMs => (FIRST_DAY + days * DAY_MS) as EpochMs
const ALL = 0 as EpochMs

/** Three days with two routes each, all sealed. */
async function sealedDays(t: Test): Promise<Pool> {
  const { pool } = await createDatabase(t)
  for (const days of [0, 1, 2]) {
    const dayStart = dayAfter(days)
    for (const route of ['GET /a', 'GET /b'] as RouteName[]) await addHour(pool, route, dayStart)
    const { rows, hash } = await inTransaction(pool, (tx) => hashOfDay(tx, project, dayStart))
    await inTransaction(pool, (tx) =>
      appendAndFold(tx, project, [
        {
          streamId: sealStream(dayStart),
          version: 1,
          event: { type: 'minutes.sealed', data: { dayStart, rows, hash } },
          meta: systemMeta('system'),
          occurredAt: dayAfter(days + 1),
        },
      ]),
    )
  }
  return pool
}

async function addHour(pool: Pool, route: RouteName, dayStart: EpochMs): Promise<void> {
  await pool.query(
    `insert into metric_minutes values ($1, 'shop', 'production', $2, $3, '\\x0102')`,
    [project, route, new Date(dayStart + 9 * HOUR_MS)],
  )
}

t.test('days that are what was sealed are found good', async (t) => {
  const pool = await sealedDays(t)
  t.strictSame(await verifySeals(pool, project, ALL), { days: 3, expired: 0, mismatch: null })
})

t.test('a log without seals has nothing to be found wrong', async (t) => {
  const { pool } = await createDatabase(t)
  t.strictSame(await verifySeals(pool, project, ALL), { days: 0, expired: 0, mismatch: null })
})

const CHANGES = {
  'cells that changed': `update metric_minutes set cells = '\\x0103'`,
  'a route that was renamed': `update metric_minutes set route = 'GET /c'`,
  'a service that was renamed': `update metric_minutes set service = 'other'`,
  'an environment that was renamed': `update metric_minutes set environment = 'other'`,
  'an hour that was moved': `update metric_minutes set hour_start = hour_start + interval '1 hour'`,
}

for (const [what, change] of Object.entries(CHANGES)) {
  t.test(`${what} in a sealed day is found`, async (t) => {
    const pool = await sealedDays(t)
    await pool.query(`${change} where route = 'GET /b' and hour_start between $1 and $2`, [
      new Date(dayAfter(1)),
      new Date(dayAfter(2)),
    ])
    t.strictSame(await verifySeals(pool, project, ALL), {
      days: 1,
      expired: 0,
      mismatch: {
        dayStart: dayAfter(1),
        detail: 'The minutes of 2026-11-21 are not what was sealed.',
      },
    })
  })
}

t.test('a row that is gone from a sealed day, or came to it, is found', async (t) => {
  const pool = await sealedDays(t)
  await addHour(pool, 'GET /c' as RouteName, dayAfter(2))
  t.match(await verifySeals(pool, project, ALL), {
    mismatch: { detail: 'The minutes of 2026-11-22 have 3 rows of the 2 sealed.' },
  })
  await pool.query(`delete from metric_minutes where hour_start < $1`, [new Date(dayAfter(1))])
  t.match(await verifySeals(pool, project, ALL), {
    mismatch: { detail: 'The minutes of 2026-11-20 have 0 rows of the 2 sealed.' },
  })
})

t.test('a day that retention has begun to take is left out, and counted', async (t) => {
  const pool = await sealedDays(t)
  await pool.query(`delete from metric_minutes where hour_start < $1`, [new Date(dayAfter(1))])
  const keptSince = (dayAfter(0) + HOUR_MS) as EpochMs
  t.strictSame(await verifySeals(pool, project, keptSince), {
    days: 2,
    expired: 1,
    mismatch: null,
  })
})
