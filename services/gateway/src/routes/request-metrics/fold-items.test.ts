import { DAY_MS, HOUR_MS, Observation, type EpochMs } from '@portcullis/contracts'
import { binOf, packBatch } from '@portcullis/domain'
import fc from 'fast-check'
import t from 'tap'

import { foldItems, type FoldContext } from './fold-items.ts'
import { NO_JSON } from './read-batch.ts'

const NOW = 1_767_603_600_000 as EpochMs
const CONTEXT: FoldContext = { receivedAt: NOW, skewMs: 0 }
const GOOD = { route: 'GET /a', status: 200, duration_ms: 1 }

function fold(items: readonly unknown[], context: Partial<FoldContext> = {}) {
  const sent = { header: {} as never, kind: 'observations' as const, items }
  return foldItems(sent, { ...CONTEXT, ...context })
}

function errorOf(item: unknown): string | undefined {
  return fold([item]).rejected[0]?.error
}

t.test('what cannot be used is told, and the others are kept', async (t) => {
  const folded = fold([GOOD, { ...GOOD, status: 99 }, GOOD, 7])
  t.equal(folded.accepted, 2)
  t.equal(folded.requests, 2)
  t.strictSame(
    folded.rejected.map(({ index }) => index),
    [1, 3],
  )
})

t.test('every field of an observation is looked at', async (t) => {
  const table: [unknown, RegExp][] = [
    [{ ...GOOD, route: undefined }, /^route: is missing/u],
    [{ ...GOOD, route: '' }, /^route: must not be empty/u],
    [{ ...GOOD, route: 'x'.repeat(513) }, /^route: must have at most 512/u],
    [{ ...GOOD, route: 'GET /\u0000' }, /^route: must not contain control/u],
    [{ ...GOOD, route: 'GET /\ud800' }, /^route: must be well-formed/u],
    [{ ...GOOD, route: '?a=1' }, /^route: has nothing before its query/u],
    [{ ...GOOD, route: 7 }, /^route: /u],
    [{ ...GOOD, status: '200' }, /^status: /u],
    [{ ...GOOD, status: 200.5 }, /^status: /u],
    [{ ...GOOD, status: 600 }, /^status: /u],
    [{ ...GOOD, duration_ms: -1 }, /^duration_ms: /u],
    [{ ...GOOD, duration_ms: DAY_MS + 1 }, /^duration_ms: /u],
    [{ ...GOOD, duration_ms: Infinity }, /^duration_ms: /u],
    [{ ...GOOD, duration_ms: null }, /^duration_ms: /u],
    [{ ...GOOD, at: 'yesterday' }, /^at: /u],
    [{ ...GOOD, at: -1 }, /^at: /u],
    [{ ...GOOD, at: null }, /^at: /u],
    [{ ...GOOD, at: NOW + 121_000 }, /^at: is more than 2 minutes ahead/u],
    [{ ...GOOD, at: NOW - 47 * HOUR_MS - 1 }, /^at: is older than 47 hours/u],
    [{ ...GOOD, more: 1 }, /^more: is not known here/u],
    [JSON.parse('{"route":"GET /a","status":200,"duration_ms":1,"__proto__":{}}'), /not known/u],
    [[], /expected object/u],
    [null, /expected object/u],
    [NO_JSON, /^the line is not JSON/u],
  ]
  for (const [item, error] of table) t.match(errorOf(item), error, String(error))
})

t.test('a query string is dropped, so that it makes no route', async (t) => {
  const one = fold([{ ...GOOD, route: 'GET /a?token=1' }, GOOD])
  t.strictSame(packBatch(one.fold.cells), packBatch(fold([GOOD, GOOD]).fold.cells))
})

t.test('a wrong clock is corrected, and what has no instant is not', async (t) => {
  const behind = fold([{ ...GOOD, at: NOW - 600_000 }, GOOD], { skewMs: 600_000 })
  t.strictSame(packBatch(behind.fold.cells), packBatch(fold([GOOD, GOOD]).fold.cells))
})

t.test('an item is taken exactly where the schema takes it', async () => {
  const field = fc.oneof(
    fc.constantFrom(200, 599, 100, 600, 0, 12.5, -1, DAY_MS, null, undefined, true),
    fc.constantFrom('GET /a', '', '200', NOW, NOW - 1, '2026-01-05T08:59:59.5Z', 'soon'),
    fc.double(),
    fc.string(),
  )
  const items = fc.oneof(
    fc.record(
      { route: field, status: field, duration_ms: field, at: field, more: field },
      { requiredKeys: [] },
    ),
    fc.record({
      route: fc.string(),
      status: fc.integer({ min: 90, max: 610 }),
      duration_ms: fc.double({ min: -1, max: DAY_MS + 1 }),
    }),
    fc.anything(),
  )
  fc.assert(
    fc.property(items, (given) => {
      // As it would come over the wire.
      const text = JSON.stringify(given)
      const item: unknown = text === undefined ? undefined : JSON.parse(text)
      const { success, data } = Observation.safeParse(item)
      const error = errorOf(item)
      const isElsewhen = error?.startsWith('at: is ') === true
      const isQueryOnly = success && data.route.startsWith('?')
      return isQueryOnly || isElsewhen || (error === undefined) === success
    }),
    { numRuns: 5_000 },
  )
})

const BUCKET = {
  route: 'GET /a',
  start: NOW,
  statuses: { 200: 2, 503: 1 },
  latency: {
    bins: [
      [binOf(1_000), 2],
      [binOf(2_000), 1],
    ],
    sum_us: 4_000,
    min_us: 1_000,
    max_us: 2_000,
  },
}

function foldBuckets(items: readonly unknown[]) {
  const sent = { header: {} as never, kind: 'buckets' as const, items }
  return foldItems(sent, CONTEXT)
}

t.test(
  'a bucket that the sender folded is the cell that its requests would have made',
  async (t) => {
    const requests = [
      { route: 'GET /a', status: 200, duration_ms: 1, at: NOW },
      { route: 'GET /a', status: 200, duration_ms: 1, at: NOW },
      { route: 'GET /a', status: 503, duration_ms: 2, at: NOW },
    ]
    const folded = foldBuckets([BUCKET])
    t.equal(folded.rejected[0]?.error, undefined)
    t.equal(folded.requests, 3)
    t.strictSame(packBatch(folded.fold.cells), packBatch(fold(requests).fold.cells))
  },
)

t.test('every field of a bucket is looked at', async (t) => {
  const { latency } = BUCKET
  const table: [unknown, RegExp][] = [
    [{ ...BUCKET, statuses: { 700: 1 } }, /^statuses/u],
    [{ ...BUCKET, statuses: { 200: 0 } }, /^statuses/u],
    [{ ...BUCKET, statuses: { 200: 1 } }, /^latency\.bins: count other requests/u],
    [{ ...BUCKET, latency: { ...latency, bins: [[2_048, 3]] } }, /^latency\.bins/u],
    [{ ...BUCKET, latency: { ...latency, max_us: 900_000 } }, /^latency: /u],
    [{ ...BUCKET, latency: { ...latency, sum_us: 1 } }, /^latency: /u],
    [{ ...BUCKET, start: NOW + 200_000 }, /^start: is more than 2 minutes ahead/u],
    [{ ...BUCKET, route: '?x' }, /^route: /u],
    [{ ...BUCKET, more: 1 }, /^more: is not known here/u],
    [7, /expected object/u],
  ]
  for (const [item, error] of table) {
    t.match(foldBuckets([item]).rejected[0]?.error, error, String(error))
  }
})

t.test('a batch never counts more requests than its row can hold', async (t) => {
  const huge = {
    ...BUCKET,
    statuses: { 200: 1_000_000_000 },
    latency: { bins: [[binOf(1_000), 1_000_000_000]], sum_us: 1e12, min_us: 1_000, max_us: 1_000 },
  }
  const folded = foldBuckets([huge, huge, huge])
  t.equal(folded.requests, 2_000_000_000)
  t.match(folded.rejected, [{ index: 2, error: /more than 2147483647 requests/u }])
})
