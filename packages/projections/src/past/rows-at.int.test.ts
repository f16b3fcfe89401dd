// Goal: the rows of a read model as of any position of the log are what folding all events up to that
// position gives. Method: random logs of all that verdicts look at; at each of their positions the plain
// fold is compared with what is read, whole and by the questions that are asked of it. At the newest
// position these answer what their live twins do.
// Seen to catch: rows that changed since taken as they are, events of the future, a condition on rows as they
// became, and rows that changed in no way but share a stream with some that did.
import assert from 'node:assert/strict'

import { DEFAULT_ENVIRONMENT, DEFAULT_PROJECT, type EpochMs } from '@portcullis/contracts'
import { type LogHead, readAll, readHead } from '@portcullis/event-log'
import { createDatabase } from '@portcullis/testkit'
import fc from 'fast-check'
import type { Pool } from 'pg'
import t from 'tap'

import type { AlarmRow } from '../alarms/model.ts'
import { standingAlarms } from '../alarms/query-standing.ts'
import type { IncidentRow } from '../incidents/model.ts'
import { type IncidentPlace, listIncidents } from '../incidents/query.ts'
import { keyText } from '../read-model.ts'
import { ALARMS, standingAlarmsAt } from './alarms-at.ts'
import { PlainFold } from './fixtures/plain-fold.ts'
import { appendSteps, steps } from './fixtures/random-log.ts'
import { incidentAt, incidentsAt } from './incidents-at.ts'
import { INCIDENTS, POLICIES, RELEASES, WAIVERS } from './log-at.ts'
import { rowsAt, type RowsAsked, type StreamedModel } from './rows-at.ts'

t.setTimeout(240_000)

const project = DEFAULT_PROJECT
const NO_FILTER = { severity: null, service: null, route: null, kind: null }
const ALL = { after: null, limit: 100 }
const STANDING = { ...NO_FILTER, status: null, environment: DEFAULT_ENVIRONMENT }

/** A read model, folded plainly, beside what is read of the past. */
class Compared<Row> {
  readonly fold: PlainFold<Row>
  readonly #streamed: StreamedModel<Row>

  constructor(streamed: StreamedModel<Row>) {
    this.#streamed = streamed
    this.fold = new PlainFold(streamed.model)
  }

  get rows(): Row[] {
    return [...this.fold.rows.values()]
  }

  /** Throws where the rows that are read differ from the folded ones, of those that count. */
  async assertSame(
    pool: Pool,
    asked: RowsAsked,
    counts: (row: Row) => boolean = () => true,
  ): Promise<void> {
    const { model } = this.#streamed
    const found = (await rowsAt(pool, project, this.#streamed, asked)).filter(counts)
    const byKey = new Map(found.map((row) => [this.#keyOf(row), row]))
    const folded = [...this.fold.rows].filter(([, row]) => counts(row))
    assert.equal(found.length, folded.length, `${model.table} at ${asked.position}`)
    assert.deepEqual(byKey, new Map(folded), `${model.table} at ${asked.position}`)
  }

  #keyOf(row: Row): string {
    const record = this.#streamed.model.toRecord(row)
    return keyText(this.#streamed.model.key.map((column) => String(record[column])))
  }
}

type Place = { readonly id: string; readonly since: EpochMs }

/** Those that began last first. */
function newestFirst(a: Place, b: Place): number {
  return b.since - a.since || (a.id < b.id ? 1 : -1)
}

function idsOf<Row extends { readonly id: string }>(rows: readonly Row[]): string[] {
  return rows.map(({ id }) => id)
}

/** Reads the open incidents, one a page. */
async function openIncidentsAt(pool: Pool, log: LogHead): Promise<IncidentRow[]> {
  const rows: IncidentRow[] = []
  let after: IncidentPlace | null = null
  for (;;) {
    const page = { filter: { status: ['open'] } as const, after, limit: 1 }
    const [row] = await incidentsAt(pool, project, { ...page, log })
    if (row === undefined) return rows
    rows.push(row)
    after = { firstSeen: row.state.firstSeen, id: row.id }
  }
}

async function assertIncidents(pool: Pool, log: LogHead, rows: readonly IncidentRow[]) {
  const open = rows
    .filter(({ state }) => state.status === 'open')
    .map((row) => ({ ...row, since: row.state.firstSeen }))
    .toSorted(newestFirst)
  assert.deepEqual(idsOf(await openIncidentsAt(pool, log)), idsOf(open))
  for (const row of rows) {
    assert.deepEqual(await incidentAt(pool, project, { log, id: row.id }), row)
  }
}

async function assertAlarms(
  pool: Pool,
  log: LogHead,
  { alarms, incidents }: { alarms: readonly AlarmRow[]; incidents: readonly IncidentRow[] },
) {
  const standing = alarms
    .filter(({ state }) => state.status !== 'cleared')
    .map((alarm) => ({ alarm, id: alarm.id, since: alarm.state.since }))
    .toSorted(newestFirst)
    .map(({ alarm }) => {
      return { alarm, incident: incidents.find(({ id }) => id === alarm.id)?.state ?? null }
    })
  const found = await standingAlarmsAt(pool, project, { ...ALL, filter: STANDING, log })
  assert.deepEqual(found, { position: log.position, alarms: standing })
}

/** At the newest position the past is what the live tables hold, in the same order. */
async function assertLikeLive(pool: Pool, log: LogHead): Promise<void> {
  const incidents = await incidentsAt(pool, project, { ...ALL, filter: {}, log })
  assert.deepEqual(incidents, await listIncidents(pool, project, { ...ALL, filter: {} }))
  const then = await standingAlarmsAt(pool, project, { ...ALL, filter: STANDING, log })
  const now = await standingAlarms(pool, project, { ...ALL, filter: STANDING })
  assert.deepEqual(
    idsOf(then.alarms.map(({ alarm }) => alarm)),
    idsOf(now.alarms.map(({ alarm }) => alarm)),
  )
}

t.test('rows of the past are the fold of all events up to their position', async (t) => {
  let positions = 0
  const property = fc.asyncProperty(steps, async (all) => {
    const { pool } = await createDatabase(t)
    await appendSteps(pool, all)
    const incidents = new Compared(INCIDENTS)
    const alarms = new Compared(ALARMS)
    const rest = [new Compared(POLICIES), new Compared(RELEASES), new Compared(WAIVERS)] as const
    let log: LogHead = await readHead(pool, project)
    for await (const events of readAll(pool, { project })) {
      for (const event of events) {
        positions += 1
        log = event
        const { position } = event
        for (const { fold } of [incidents, alarms, ...rest]) fold.take(event)
        for (const one of rest) await (one as Compared<unknown>).assertSame(pool, { position })
        await incidents.assertSame(pool, { position })
        const unresolved = { position, where: `status <> 'resolved'` }
        await incidents.assertSame(pool, unresolved, ({ state }) => state.status !== 'resolved')
        await assertIncidents(pool, log, incidents.rows)
        await assertAlarms(pool, log, { alarms: alarms.rows, incidents: incidents.rows })
      }
    }
    await assertLikeLive(pool, log)
  })
  // A log that is made smaller needs a database for each try.
  await fc.assert(property, { numRuns: 5, endOnFailure: true })
  t.ok(positions > 100, `${positions} positions were looked at`)
})
