import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { DAY_MS, DEFAULT_PROJECT, type EpochMs, HOUR_MS, systemMeta } from '@portcullis/contracts'
import { inTransaction, type NewEvent, sealStream } from '@portcullis/event-log'
import { appendAndFold, hashOfDay } from '@portcullis/projections'
import { createDatabase } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import { callCli } from '../../test/call-cli.ts'

async function openInstallation(t: Test) {
  const { connectionString, pool } = await createDatabase(t)
  const env = { DATABASE_URL: connectionString }
  const cli = (argv: readonly string[], stdin = '') => callCli(argv, { env, stdin })
  return { pool, cli }
}

/** An installation with two keys, one of them named with what JSON leaves as it is. */
async function openUsed(t: Test) {
  const installation = await openInstallation(t)
  await installation.cli(['keys', 'create', '--role', 'ci', '--name', 'line\u2028separated'])
  await installation.cli(['keys', 'create', '--role', 'ingest'])
  return installation
}

t.test('an exported log is imported whole, with its projections', async (t) => {
  const used = await openUsed(t)
  const fresh = await openInstallation(t)
  const file = join(t.testdir({}), 'log.ndjson')
  t.match(await used.cli(['export', file]), { exit: 0, out: '', err: /^Exported \d+ lines\.\n$/u })
  t.equal((await stat(file)).mode & 0o777, 0o600, 'for its owner alone')
  t.strictSame(await fresh.cli(['import', file]), {
    exit: 0,
    out: 'Imported 2 events, 0 batches, 0 hours of minutes, 2 names; every hash and seal holds, and the projections are rebuilt.\n',
    err: '',
  })
  t.match(await fresh.cli(['verify']), { exit: 0 })
  t.match(await fresh.cli(['replay', '--verify']), { exit: 0 })
  t.equal((await fresh.cli(['keys', 'list'])).out, (await used.cli(['keys', 'list'])).out)
})

t.test('a log goes through a pipe as well', async (t) => {
  const used = await openUsed(t)
  const fresh = await openInstallation(t)
  const { exit, out } = await used.cli(['export', '-'])
  t.equal(exit, 0)
  t.match(await fresh.cli(['import', '-'], out), { exit: 0, out: /^Imported 2 events/u })
})

t.test('keys of what people wrote leave only on request', async (t) => {
  const { cli, pool } = await openUsed(t)
  await pool.query(`update people set data_key = '\\xfeedfacecafe'`)
  const key = Buffer.from('feedfacecafe', 'hex').toString('base64')
  t.notMatch((await cli(['export', '-'])).out, key)
  t.match((await cli(['export', '-', '--with-keys'])).out, key)
})

t.test('a file that is there is not written over', async (t) => {
  const { cli } = await openUsed(t)
  const file = join(t.testdir({ 'log.ndjson': 'the only backup' }), 'log.ndjson')
  t.match(await cli(['export', file]), {
    exit: 2,
    err: `portcullis: ${file} is there already: choose another name.\n`,
  })
  t.equal(await readFile(file, 'utf8'), 'the only backup')
})

t.test('an export that failed leaves no file behind', async (t) => {
  const { cli, pool } = await openUsed(t)
  await pool.query('delete from log_heads')
  const file = join(t.testdir({}), 'log.ndjson')
  t.match(await cli(['export', file]), { exit: 1, err: /no log/u })
  await t.rejects(stat(file), { code: 'ENOENT' })
})

t.test('a folder that is not there, and a file that is not, are told', async (t) => {
  const { cli } = await openInstallation(t)
  for (const command of ['export', 'import']) {
    const { exit, err } = await cli([command, '/nonexistent/log.ndjson'])
    t.equal(exit, 2)
    t.match(err, /^portcullis: \/nonexistent\/log\.ndjson cannot be (written|read) \(ENOENT/u)
  }
})

t.test('what is no export, or not whole, is refused and changes nothing', async (t) => {
  const used = await openUsed(t)
  const { out } = await used.cli(['export', '-'])
  const lines = out.trimEnd().split('\n')
  const rows = [
    ['', /first line/u],
    ['hello\n', /^portcullis: Line 1 is not a line of an exported log\.\n$/u],
    [lines.slice(0, -1).join('\n'), /cut short/u],
    [
      out.replace('"ingest"', '"ci"').replace(String.raw`\"ingest\"`, String.raw`\"ci\"`),
      /Nothing was imported/u,
    ],
  ] as const
  const fresh = await openInstallation(t)
  for (const [text, refusal] of rows) {
    t.match(await fresh.cli(['import', '-'], text), { exit: 1, out: '', err: refusal })
  }
  const { rows: events } = await fresh.pool.query('select from events')
  t.equal(events.length, 0)
  t.match(await fresh.cli(['import', '-'], out), { exit: 0 }, 'and can still be imported into')
})

/** Three days of minutes, sealed; retention has taken some of the first day, and all batches. */
async function haveSealedMinutes(pool: Pool): Promise<void> {
  for (const heads of ['shard_heads', 'minute_heads']) {
    await pool.query(
      `update ${heads} set seq = 1, recorded_at = '2025-11-22T11:00:00Z' where shard = 2`,
    )
  }
  const dayStart = Date.UTC(2025, 10, 22)
  for (const hour of [-33, -20, 9, 10]) {
    await pool.query(
      `insert into metric_minutes values ('default', 'shop', 'production', 'GET /', $1, '\\x0102')`,
      [new Date(dayStart + hour * HOUR_MS)],
    )
  }
  const { rows, hash } = await inTransaction(pool, (tx) =>
    hashOfDay(tx, DEFAULT_PROJECT, dayStart as EpochMs),
  )
  const seals = [
    { dayStart: dayStart - 2 * DAY_MS, rows: 9, hash },
    { dayStart, rows, hash },
  ]
  for (const data of seals) {
    const seal: NewEvent = {
      streamId: sealStream(data.dayStart as EpochMs),
      version: 1,
      event: {
        type: 'minutes.sealed',
        data: { ...data, dayStart: data.dayStart as EpochMs },
      },
      meta: systemMeta('system'),
      occurredAt: dayStart as EpochMs,
    }
    await inTransaction(pool, (tx) => appendAndFold(tx, DEFAULT_PROJECT, [seal]))
  }
}

t.test('minutes that are not what was sealed are not imported', async (t) => {
  const { cli, pool } = await openUsed(t)
  await haveSealedMinutes(pool)
  const { out } = await cli(['export', '-'])
  const fresh = await openInstallation(t)
  const altered = out.replace(/("hourStart":1763802000000,"cells":")AQI=/u, '$1AQM=')
  t.not(altered, out)
  t.match(await fresh.cli(['import', '-'], altered), {
    exit: 1,
    err: /Nothing was imported\. The minutes of 2025-11-22 are not what was sealed/u,
  })
  t.match(await fresh.cli(['import', '-'], out), { exit: 0 })
  t.match(await fresh.pool.query('select from metric_minutes'), { rowCount: 4 })
})

t.test('a log is not imported over another one', async (t) => {
  const used = await openUsed(t)
  const { out } = await used.cli(['export', '-'])
  t.match(await used.cli(['import', '-'], out), { exit: 1, err: /not empty here/u })
})
