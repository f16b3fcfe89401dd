import { ConnectionClosedError } from 'bullmq'
import t from 'tap'

import { splitOptions } from './postgres-connection.ts'
import { asConnectionError } from './postgres-outage.ts'

t.test('options in a connection string do not push out our own', async (t) => {
  const plain = 'postgres://u:p@localhost:5432/db?sslmode=require'
  t.same(splitOptions(plain), { connectionString: plain, options: [] })
  t.same(splitOptions('postgres://u:p@h/db?options=-c%20work_mem%3D8MB&sslmode=require'), {
    connectionString: 'postgres://u:p@h/db?sslmode=require',
    options: ['-c work_mem=8MB'],
  })
  t.same(splitOptions('postgres://h/db?options=-c%20jit%3Doff'), {
    connectionString: 'postgres://h/db',
    options: ['-c jit=off'],
  })
})

t.test('what passes by itself is a lost connection, what does not is left alone', async (t) => {
  const withCode = (code: string) => Object.assign(new Error('no'), { code })
  for (const code of ['ECONNRESET', 'ENOENT', '57P01', '57P03', '08006', '53300', '53100']) {
    t.ok(asConnectionError(withCode(code)) instanceof ConnectionClosedError, code)
  }
  t.ok(asConnectionError(new Error('Connection terminated')) instanceof ConnectionClosedError)
  for (const error of [
    withCode('23505'),
    withCode('42P01'),
    withCode('BM001'),
    new TypeError('x'),
  ]) {
    t.equal(asConnectionError(error), error)
  }
})
