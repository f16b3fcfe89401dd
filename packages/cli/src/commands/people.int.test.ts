import { createDatabase } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import { callCli } from '../../test/call-cli.ts'

/** An installation in which ann took an incident, and sealed a comment with a key of hers. */
async function openInstallation(t: Test) {
  const { connectionString, pool } = await createDatabase(t)
  const env = { DATABASE_URL: connectionString }
  const cli = (...argv: string[]) => callCli(argv, { env })
  await pool.query(`insert into incidents (route) values ('GET /cart')`)
  await pool.query(`update incidents set acknowledged_by = 'ann', status = 'acknowledged'`)
  await pool.query(`update people set data_key = '\\x00ff' where name = 'ann'`)
  const { rows } = await pool.query<{ person_id: string }>(
    `select person_id from people where name = 'ann'`,
  )
  return { pool, cli, ann: rows[0]!.person_id }
}

t.test('a person is found by name', async (t) => {
  const { cli, ann } = await openInstallation(t)
  const { exit, out } = await cli('people', 'list')
  t.equal(exit, 0)
  t.match(out, /^PERSON +NAME +KNOWN AS +SINCE +ERASED$/mu)
  t.match(out, new RegExp(`^${ann} +ann +sql:ann +\\S+ \\S+ +-$`, 'mu'))
  const people: unknown[] = JSON.parse((await cli('people', 'list', '--json')).out)
  t.match(
    people.find((one) => JSON.stringify(one).includes(ann)),
    { id: ann, name: 'ann', erased_at: null },
  )
})

t.test('an erased person is nowhere, and the log is whole', async (t) => {
  const { cli, pool, ann } = await openInstallation(t)
  t.match(await cli('people', 'erase', ann), {
    exit: 0,
    out: `${ann} is erased: name, and whatever the person wrote.\n`,
  })
  const { rows } = await pool.query('select * from people where person_id = $1', [ann])
  t.match(rows, [{ subject: null, name: null, data_key: null, erased_at: Date }])
  const incident = await pool.query('select acknowledged_by from incidents')
  t.strictSame(incident.rows, [{ acknowledged_by: ann }], 'the id says nothing of the person')
  t.match(await cli('verify'), { exit: 0 })
  t.match(await cli('replay', '--verify'), { exit: 0 })
  t.notMatch((await cli('export', '-', '--with-keys')).out, /\bann\b|AP8=/u)
  t.match((await cli('people', 'list')).out, new RegExp(`^${ann} +- +- +\\S+ \\S+ +20`, 'mu'))
})

t.test('nobody is erased by a name, or twice with another time', async (t) => {
  const { cli, pool, ann } = await openInstallation(t)
  t.match(await cli('people', 'erase', 'ann'), { exit: 1, err: /there is no person "ann"/u })
  await cli('people', 'erase', ann)
  const { rows } = await pool.query('select * from people where person_id = $1', [ann])
  t.match(await cli('people', 'erase', ann), { exit: 0 })
  const again = await pool.query('select * from people where person_id = $1', [ann])
  t.strictSame(again.rows, rows)
})
