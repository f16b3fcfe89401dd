import pg from 'pg'
import t from 'tap'

import { startPostgres } from './start-postgres.ts'

t.test('a server of its own comes back with its data, stopped or killed', async (t) => {
  const server = await startPostgres(t)
  const query = async (text: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: server.connectionString })
    await client.connect()
    const { rows } = await client.query(text)
    await client.end()
    return rows
  }
  await query('create table kept as select 1 as id')
  await server.stop()
  await t.rejects(query('select 1'), { code: 'ECONNREFUSED' })
  await server.start()
  await query('insert into kept values (2)')
  await server.kill()
  await server.start()
  t.same(await query('select id from kept order by id'), [{ id: 1 }, { id: 2 }])
})
