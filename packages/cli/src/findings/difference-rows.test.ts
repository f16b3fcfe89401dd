import t from 'tap'

import { differenceRows } from './difference-rows.ts'

function rowsOf(stored: unknown, rebuilt: unknown): string[] | undefined {
  const columns = [{ column: 'c', stored, rebuilt }]
  return differenceRows([{ table: 'routes', key: { service: 'shop', shard: 3 }, columns }])[0]
}

t.test('a difference is its table, row, column and both values', async (t) => {
  t.strictSame(rowsOf('open', 'resolved'), ['routes', 'shop 3', 'c', 'open', 'resolved'])
  t.strictSame(rowsOf(null, { a: 1 }), ['routes', 'shop 3', 'c', '-', '{"a":1}'])
})

t.test('long values are shown where they begin to differ', async (t) => {
  const same = '\\x'.padEnd(600, '0')
  t.strictSame(rowsOf(`${same}ab12`, `${same}cd`)?.slice(3), ['…00000000ab12', '…00000000cd'])
  const [left] = rowsOf('x'.repeat(100), 'y')!.slice(3)
  t.equal(left, `${'x'.repeat(32)}…`)
})
