import t from 'tap'

import { refusalOf } from './assert-server-is-usable.ts'

const usable = { versionNumber: 150_000, version: '15.0', first: [7, 7], second: [9, 9] }

t.test('a server of its own is taken, an old one and a pooler are refused', async (t) => {
  const old = { versionNumber: 140_019, version: '14.19' }
  const table: [Partial<typeof usable>, RegExp | undefined][] = [
    [{}, undefined],
    [{ versionNumber: 180_004, version: '18.4' }, undefined],
    [old, /needs PostgreSQL 15 or newer, and the server is PostgreSQL 14\.19/u],
    [{ second: [7, 7] }, /PgBouncer in transaction mode/u],
    [{ first: [7, 9], second: [9, 7] }, /PgBouncer in transaction mode/u],
    [{ first: [7, 8], second: [9, 9] }, /PgBouncer in transaction mode/u],
  ]
  for (const [facts, refusal] of table) {
    const found = refusalOf({ ...usable, ...facts })
    if (refusal === undefined) t.equal(found, undefined)
    else t.match(found, refusal, JSON.stringify(facts))
  }
})
