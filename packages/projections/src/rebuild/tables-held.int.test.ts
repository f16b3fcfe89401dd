import { DEFAULT_PROJECT } from '@portcullis/contracts'
import { createDatabase, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { replayProjections } from './replay.ts'
import { areTablesHeld } from './tables-held.ts'

t.test('a session that holds an incident is seen, for as long as it does', async (t) => {
  const { pool } = await createDatabase(t)
  await pool.query(`insert into incidents (route) values ('GET /cart')`)
  t.equal(await areTablesHeld(pool, 0), false)
  const person = await pool.connect()
  await person.query(`begin; update incidents set severity = 'warning'`)
  t.equal(await areTablesHeld(pool, 3_600_000), false, 'not for long yet')
  await waitFor(() => areTablesHeld(pool, 100), { what: 'the session to hold it for long' })
  await person.query('commit')
  person.release()
  t.equal(await areTablesHeld(pool, 0), false)
})

t.test('a replay that waits for such a session holds nobody up', async (t) => {
  const { pool } = await createDatabase(t)
  await pool.query(`insert into incidents (route) values ('GET /cart')`)
  const person = await pool.connect()
  await person.query(`begin; update incidents set severity = 'warning'`)
  await waitFor(() => areTablesHeld(pool, 1_000), { what: 'the session to hold it for long' })
  let isDone = false
  const replay = replayProjections(pool, DEFAULT_PROJECT).finally(() => {
    isDone = true
  })
  for (let nth = 0; nth < 50; nth += 1) {
    // Fails at once where the replay holds the head, or waits for a table in front of this one.
    await pool.query('select from log_heads for update nowait')
    await pool.query('begin; lock table incident_state in row exclusive mode nowait; commit')
  }
  t.equal(isDone, false, 'the replay waits')
  await person.query('commit')
  person.release()
  t.match(await replay, { mended: 0 })
})
