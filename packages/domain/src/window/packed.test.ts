import type { EpochMs, RouteName, VersionName } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { BatchFold, type CheckedObservation, foldObservations } from './batch-fold.ts'
import { addCells, type BucketCells, groupAt, type HourCells } from './cell-table.ts'
import { LATENCY_US_MAX } from './latency.ts'
import { packBatch, packBucket, packHour, unpackBatch, unpackBucket, unpackHour } from './packed.ts'

const START = 1_795_000_000_000 as EpochMs

const route = fc.constantFrom(
  ...['GET /a', 'GET /b/:id', 'POST /orders/:order/items', 'GET /größe/€/𝄞', 'é'.repeat(512)],
) as fc.Arbitrary<RouteName>
const observation: fc.Arbitrary<CheckedObservation> = fc.record({
  route,
  status: fc.integer({ min: 100, max: 599 }),
  durationMs: fc.oneof(
    fc.double({ min: 0, max: 900, noNaN: true }),
    fc.constant(LATENCY_US_MAX / 1_000),
  ),
  at: fc.nat(40_000).map((ms) => (START + ms) as EpochMs),
})
const observations = fc.array(observation, { maxLength: 50 })

function observed(routeName: string, at: number, durationMs = 12.5): CheckedObservation {
  return { route: routeName as RouteName, status: 200, durationMs, at: at as EpochMs }
}

t.test('packed cells are read back as they were', async (t) => {
  fc.assert(
    fc.property(observations, (seen) => {
      const cells = foldObservations(seen)
      t.same(unpackBatch(packBatch(cells)), { cells })
      const bucket: BucketCells = new Map()
      const hour: HourCells = new Map()
      for (const [start, routes] of cells) {
        addCells(groupAt(bucket, `v${start}` as VersionName), routes)
        for (const cell of routes.values()) {
          const minute = (start - (start % 60_000)) as EpochMs
          addCells(groupAt(hour, minute), new Map([['' as VersionName, cell]]))
        }
      }
      t.same(unpackBucket(packBucket(bucket)), { cells: bucket })
      t.same(unpackHour(packHour(hour)), { cells: hour })
    }),
  )
})

t.test('the same observations give the same bytes, in whatever order they come', async (t) => {
  fc.assert(
    fc.property(observations, fc.infiniteStream(fc.nat()), (seen, keys) => {
      const shuffled = seen
        .map((one) => ({ one, key: keys.next().value }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ one }) => one)
      t.same(packBatch(foldObservations(shuffled)), packBatch(foldObservations(seen)))
    }),
  )
})

t.test('a batch has these bytes', async (t) => {
  const cells = foldObservations([
    observed('GET /b', 20_000),
    observed('GET /a', 20_000),
    observed('GET /a', 29_999),
  ])
  const hex = [
    ['11', '01', '02', '02'],
    ['06', '474554202f61', '01', '6502', 'd461', '00', 'a8c301', '01', 'b30700'],
    ['06', '474554202f62', '01', '6501', 'd461', '00', 'd461', '01', 'b207'],
  ]
  t.equal(Buffer.from(packBatch(cells)).toString('hex'), hex.flat().join(''))
})

t.test('an empty batch takes two bytes, and groups without cells none', async (t) => {
  t.same([...packBatch(new Map())], [0x11, 0])
  t.same([...packBatch(new Map([[START, new Map()]]))], [0x11, 0])
  t.same(unpackBatch(Uint8Array.of(0x11, 0)), { cells: new Map() })
})

t.test('a batch of 1,000 observations over 50 routes takes less than 5 kB', async (t) => {
  const routes = Array.from({ length: 50 }, (_, index) => `GET /api/v1/resource-${index}/:id`)
  const fold = new BatchFold()
  for (let index = 0; index < 1_000; index += 1) {
    const durationMs = 20 * 1.02 ** ((index * 37) % 150)
    fold.observe(routes[index % 50] as RouteName, 200, durationMs, START)
  }
  t.ok(packBatch(fold.cells).length < 5_000)
})

t.test('bytes that are no packed cells are refused', async (t) => {
  const one = packBatch(foldObservations([observed('GET /a', 20_000)]))
  const changed = (index: number, ...bytes: number[]) => {
    const copy = one.slice()
    copy.set(bytes, index)
    return copy
  }
  const named = (name: readonly number[]) =>
    Uint8Array.of(0x11, 1, 2, 1, name.length, ...name, ...one.subarray(11))
  t.same(unpackBatch(named([...Buffer.from('GET /a')])), unpackBatch(one), 'named() is right')
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ['nothing', new Uint8Array(0), 'unknown_tag'],
    ['another tag', changed(0, 0x12), 'unknown_tag'],
    ['a cut', one.subarray(0, -1), 'truncated'],
    ['more groups than bytes', changed(1, 127), 'truncated'],
    ['more groups than there are', changed(1, 2), 'truncated'],
    ['no cell in a group', Uint8Array.of(0x11, 1, 2, 0), 'impossible_name_or_cell'],
    ['bytes behind the end', Uint8Array.of(...one, 0), 'trailing_bytes'],
    ['a name longer than the bytes', changed(4, 127), 'truncated'],
    ['a name that is empty', named([]), 'impossible_name_or_cell'],
    ['a control character', named([0x47, 0x0a]), 'impossible_name_or_cell'],
    ['a DEL', named([0x7f]), 'impossible_name_or_cell'],
    ['a tail without a lead', named([0x80]), 'not_utf8'],
    ['a lead without a tail', named([0xc3]), 'not_utf8'],
    ['a lead before ASCII', named([0xe2, 0x82, 0x41]), 'not_utf8'],
    ['a spelling that is too long', named([0xc0, 0xaf]), 'not_utf8'],
    ['a surrogate', named([0xed, 0xa0, 0x80]), 'not_utf8'],
    ['beyond Unicode', named([0xf4, 0x90, 0x80, 0x80]), 'not_utf8'],
    ['a byte that is never used', named([0xff]), 'not_utf8'],
    ['no status', changed(11, 0), 'impossible_name_or_cell'],
    ['a status that is not a step further', changed(12, 0), 'impossible_name_or_cell'],
    ['a status that was never counted', changed(13, 0), 'impossible_name_or_cell'],
    ['fewer statuses than bins', changed(13, 2), 'impossible_name_or_cell'],
    ['a shortest latency outside of its bin', changed(14, 0xd3), 'impossible_name_or_cell'],
    ['a longest latency outside of its bin', changed(16, 127), 'impossible_name_or_cell'],
    ['a sum that is not that of its latencies', changed(17, 0xd3), 'impossible_name_or_cell'],
    ['a bin that is not a step further', changed(20, 1, 0), 'impossible_name_or_cell'],
  ]
  for (const [name, bytes, rejected] of cases) t.same(unpackBatch(bytes), { rejected }, name)
})

t.test('a number that is too large, or not in its shortest form, is refused', async (t) => {
  const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]
  t.same(unpackBatch(Uint8Array.of(0x11, 0x80, 0x00)), { rejected: 'number_not_shortest' })
  t.same(unpackBatch(Uint8Array.of(0x11, ...huge)), { rejected: 'number_too_large' })
  t.same(unpackBatch(Uint8Array.of(0x11, 1, ...huge.with(7, 0x0f), 1)), {
    rejected: 'impossible_name_or_cell',
  })
})

t.test('groups and names that do not ascend are refused', async (t) => {
  const bytesOf = (...seen: CheckedObservation[]) => [...packBatch(foldObservations(seen))]
  const a = bytesOf(observed('GET /a', 20_000)).slice(4)
  const b = bytesOf(observed('GET /b', 20_000)).slice(4)
  const rejected = { rejected: 'not_ascending' }
  t.ok('cells' in unpackBatch(Uint8Array.of(0x11, 1, 2, 2, ...a, ...b)))
  t.same(unpackBatch(Uint8Array.of(0x11, 1, 2, 2, ...b, ...a)), rejected)
  t.same(unpackBatch(Uint8Array.of(0x11, 1, 2, 2, ...a, ...a)), rejected)
  t.ok('cells' in unpackBatch(Uint8Array.of(0x11, 2, 2, 1, ...a, 3, 1, ...a)))
  t.same(unpackBatch(Uint8Array.of(0x11, 2, 2, 1, ...a, 2, 1, ...a)), rejected)
})

t.test(
  'more statuses or bins than there are is refused before room is made for them',
  async (t) => {
    const [head, tail] = [[0x11, 1, 2, 1, 1, 0x61], new Array<number>(10_000).fill(1)]
    t.same(unpackBatch(Uint8Array.of(...head, 0xf5, 0x03, ...tail)), {
      rejected: 'impossible_name_or_cell',
    })
    t.same(unpackBatch(Uint8Array.of(...head, 1, 101, 1, 1, 0, 1, 0x81, 0x10, ...tail)), {
      rejected: 'impossible_name_or_cell',
    })
  },
)

t.test('a bin beyond the highest is refused, be it the first or a later one', async (t) => {
  const head = [0x11, 1, 2, 1, 1, 0x61, 1, 101, 2, 1, 0, 1]
  const rejected = { rejected: 'impossible_name_or_cell' }
  t.same(unpackBatch(Uint8Array.of(...head, 2, 0x80, 0x20, 2)), rejected)
  t.same(unpackBatch(Uint8Array.of(...head, 2, 0x82, 0x20, 2)), rejected)
})

t.test('whatever the bytes, the answer is cells with just these bytes, or a refusal', async (t) => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(observations, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }))
      .map(([seen, changes]) => {
        const packed = packBatch(foldObservations(seen))
        for (const [index, byte] of changes) packed[index % packed.length] = byte
        return packed
      }),
  )
  fc.assert(
    fc.property(bytes, (given) => {
      const read = unpackBatch(given)
      if ('cells' in read) t.same(packBatch(read.cells), given)
      else t.type(read.rejected, 'string')
    }),
    { numRuns: 2_000 },
  )
})
