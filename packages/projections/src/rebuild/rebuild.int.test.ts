// Goal: the same log gives the same state, while the system goes on. Method: writers append incidents
// through the one way there is, SQL steers some of them, and meanwhile projections are rebuilt and
// cut over; in the end every table equals its rebuilt twin, and nothing was lost.
// Seen to catch: an append that skips its inline fold, a cut-over without the head's lock, a fold
// that leaves out a column.
import {
  type AlarmScope,
  DEFAULT_PROJECT,
  type EpochMs,
  type IncidentEvent,
  type KindName,
  type RouteName,
  type ServiceName,
  systemMeta,
} from '@portcullis/contracts'
import { DEFAULT_ENVIRONMENT } from '@portcullis/contracts'
import { decideTimer, DEFAULT_ESCALATION_SETTINGS } from '@portcullis/domain'
import {
  incidentIdOf,
  incidentStream,
  inTransaction,
  isRetryable,
  type NewEvent,
} from '@portcullis/event-log'
import { createDatabase } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t from 'tap'

import { appendAndFold } from '../append-and-fold.ts'
import { lockIncidents } from '../incidents/lock.ts'
import { incidentModel } from '../incidents/model.ts'
import { replayProjections } from './replay.ts'
import { projectionTables } from './tables.ts'
import { verifyProjections } from './verify.ts'

const NOW = 1_795_000_000_000 as EpochMs

function scopeOf(nth: number): AlarmScope {
  return {
    service: `service-${nth % 7}` as ServiceName,
    environment: DEFAULT_ENVIRONMENT,
    route: `GET /route/${nth}` as RouteName,
    kind: 'error_rate' as KindName,
  }
}

function opened(nth: number): NewEvent {
  const scope = scopeOf(nth)
  return {
    streamId: incidentStream(incidentIdOf(DEFAULT_PROJECT, scope)),
    version: 1,
    event: {
      type: 'incident.opened',
      data: {
        scope,
        opening: 1,
        severity: nth % 2 === 0 ? 'critical' : 'warning',
        firstSeen: NOW,
        owner: null,
        hint: null,
        evidence: { nth },
        note: null,
        nextDueAt: NOW,
        notify: ['log'],
      },
    },
    meta: systemMeta('alarm'),
    occurredAt: NOW,
  }
}

/** Escalates an incident as the escalator would, whoever else writes to it. */
async function escalate(pool: Pool, nth: number): Promise<void> {
  const id = incidentIdOf(DEFAULT_PROJECT, scopeOf(nth))
  await inTransaction(pool, async (tx) => {
    const { locked } = await lockIncidents(tx, DEFAULT_PROJECT, [id])
    const row = locked.get(id)
    if (row === undefined) return
    const { events } = decideTimer(
      { type: 'incident.rescheduled', data: { nextDueAt: null } },
      row.state,
      {
        now: (NOW + 1) as EpochMs,
        settings: DEFAULT_ESCALATION_SETTINGS,
        paused: false,
        channels: ['log'],
      },
    )
    const pending = events.map((event: IncidentEvent, index) => ({
      streamId: incidentStream(id),
      version: row.version + index + 1,
      event,
      meta: systemMeta('timer'),
      occurredAt: NOW,
    }))
    const cache = new Map([[incidentModel.table, new Map<string, unknown>(locked)]])
    await appendAndFold(tx, DEFAULT_PROJECT, pending, { rows: cache })
  })
}

async function retried(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isRetryable(error)) throw error
    }
  }
}

t.test('projections are rebuilt and cut over while writers go on', async (t) => {
  const { pool } = await createDatabase(t)
  const incidents = 300
  let written = 0
  const write = async (from: number, to: number) => {
    for (let nth = from; nth < to; nth += 1) {
      await retried(() =>
        inTransaction(pool, (tx) => appendAndFold(tx, DEFAULT_PROJECT, [opened(nth)])).then(
          () => undefined,
        ),
      )
      await retried(() => escalate(pool, nth))
      if (nth % 5 === 0) {
        await pool.query(
          `update incidents set status = 'acknowledged', acknowledged_by = 'ann', acknowledged_at = now(),
             metadata = metadata || '{"by": "sql"}' where route = $1`,
          [scopeOf(nth).route],
        )
      }
      written += 1
    }
  }
  const writers = Promise.all([write(0, 100), write(100, 200), write(200, incidents)])
  let replays = 0
  while (written < incidents) {
    const { mended } = await replayProjections(pool, DEFAULT_PROJECT)
    t.equal(mended, 0, 'nothing was to be mended')
    replays += 1
  }
  await writers
  t.ok(replays >= 1, `${replays} replays ran beside the writers`)
  const verification = await verifyProjections(pool, DEFAULT_PROJECT)
  t.strictSame(verification.differences, [])
  const { rows } = await pool.query('select count(*)::int as count from incident_state')
  t.equal(rows[0].count, incidents, 'no incident was lost')
})

t.test('what somebody altered is found, and a replay mends it', async (t) => {
  const { pool } = await createDatabase(t)
  await inTransaction(pool, (tx) =>
    appendAndFold(tx, DEFAULT_PROJECT, [opened(1), opened(2), opened(3)]),
  )
  await pool.query(`update incident_state set severity = 'warning' where route = 'GET /route/2'`)
  await pool.query(`delete from incident_state where route = 'GET /route/1'`)
  await pool.query(
    `insert into incident_state select (incident_state).* from (
       select jsonb_populate_record(incident_state, jsonb_build_object('id', gen_random_uuid(),
         'route', 'GET /made-up')) as incident_state
       from incident_state limit 1) as invented`,
  )
  const { differences } = await verifyProjections(pool, DEFAULT_PROJECT)
  t.equal(differences.length, 3)
  const altered = differences.find((one) => one.columns.length === 1)
  t.strictSame(altered?.columns, [{ column: 'severity', stored: 'warning', rebuilt: 'critical' }])
  t.equal((await replayProjections(pool, DEFAULT_PROJECT)).mended, 3)
  t.strictSame((await verifyProjections(pool, DEFAULT_PROJECT)).differences, [])
})

t.test('every table that the catalogue calls a projection is verified', async (t) => {
  const { pool } = await createDatabase(t)
  const { rows } = await pool.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname`,
  )
  const others = [
    ...['events', 'log_heads', 'shard_heads', 'metric_batches_default'],
    ...['people', 'inbox', 'commands', 'incident_changes'],
    ...['timers', 'outbox', 'parked_jobs', 'worker_heartbeats', 'gateway_ledger'],
    ...['rate_limits', 'nonces', 'sessions', 'kysely_migration', 'kysely_migration_lock'],
  ]
  const names = rows.map((row) => row.name)
  const verified = projectionTables.map((one) => one.table)
  t.strictSame(
    names.filter((name) => !others.includes(name)).toSorted(),
    verified.toSorted(),
    'a new table is verified, or is named here as no projection',
  )
})
