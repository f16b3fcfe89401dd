import { createDatabase } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import { callCli } from '../../test/call-cli.ts'

async function openInstallation(t: Test) {
  const { connectionString, pool } = await createDatabase(t)
  const env = { DATABASE_URL: connectionString }
  const cli = (...argv: string[]) => callCli(argv, { env })
  for (const role of ['ci', 'ingest']) await cli('keys', 'create', '--role', role)
  return { pool, cli }
}

t.test('what is as it was written is intact', async (t) => {
  const { cli } = await openInstallation(t)
  const { exit, out, err } = await cli('verify')
  t.strictSame({ exit, err }, { exit: 0, err: '' })
  t.equal(
    out,
    [
      'TRUTH    FOUND GOOD     RESULT',
      'log      2 events       intact',
      'batches  0 batches      intact',
      'minutes  0 sealed days  intact',
      '',
    ].join('\n'),
  )
  const json = await cli('verify', '--json')
  t.match(JSON.parse(json.out), {
    intact: true,
    chain: { events: 2, through: 2, mismatch: null },
    batches: { batches: 0, mismatch: null },
    seals: { days: 0, expired: 0, mismatch: null },
  })
})

t.test('a changed event breaks the log, and its position is told', async (t) => {
  const { cli, pool } = await openInstallation(t)
  await pool.query(
    `update events set data = replace(data::text, '"ingest"', '"ci"')::json where position = 2`,
  )
  const { exit, out } = await cli('verify')
  t.equal(exit, 1)
  t.match(out, /^log +1 event +BROKEN$/mu)
  t.match(out, /^The event at 2 is not what was appended\.$/mu)
  const json = await cli('verify', '--json')
  t.equal(json.exit, 1)
  t.match(JSON.parse(json.out), { intact: false, chain: { mismatch: { position: 2 } } })
})

t.test('a batch that nobody wrote breaks the batches', async (t) => {
  const { cli, pool } = await openInstallation(t)
  await pool.query(
    `insert into metric_batches values ('default', 1, 1, now(), 'o', 'b', gen_random_uuid(), 1, 'shop',
       'production', '', now(), 1, '\\x01', '\\x02')`,
  )
  const { exit, out } = await cli('verify')
  t.equal(exit, 1)
  t.match(out, /^batches +0 batches +BROKEN$/mu)
  t.match(out, /^Batch 1 of shard 1 is not within its shard\.$/mu)
})

t.test('a sealed day whose minutes are gone breaks the minutes', async (t) => {
  const { cli, pool } = await openInstallation(t)
  const dayStart = Math.trunc(Date.now() / 86_400_000 - 5) * 86_400_000
  const meta = {
    actor: { kind: 'system', id: 'system' },
    via: 'system',
    commandId: null,
    correlationId: null,
    causationId: null,
  }
  await pool.query(
    `select append_events('default', array['seal-x'], array[1], array['minutes.sealed'], array[1::smallint],
       array[$1], array[$2], array[now()])`,
    [JSON.stringify({ dayStart, rows: 3, hash: 'a'.repeat(64) }), JSON.stringify(meta)],
  )
  const { exit, out } = await cli('verify')
  t.equal(exit, 1)
  t.match(out, /^minutes +0 sealed days +BROKEN$/mu)
  t.match(out, /^The minutes of \d{4}-\d\d-\d\d have 0 rows of the 3 sealed\.$/mu)
})
