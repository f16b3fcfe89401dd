import type { EpochMs, RouteName, VersionName } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { finish } from '../steps.ts'
import { type CheckedObservation, foldObservations } from './batch-fold.ts'
import { windowStartOf } from './figures.ts'
import { packBucket } from './packed.ts'
import { routeTrends, routeWindows } from './route-windows.ts'
import {
  cellsOfBucket,
  emptyWindow,
  foldBatch,
  frozenWindow,
  loadBucket,
  minuteOf,
  routesOf,
  type ServiceWindow,
  slideWindow,
} from './service-window.ts'

const NOW = 1_795_000_007_500 as EpochMs
const RUNNING = 1_795_000_000_000
const V1 = '1.0' as VersionName
const V2 = '2.0' as VersionName
const A = 'GET /a' as RouteName
const B = 'GET /b' as RouteName

interface Seen {
  readonly route?: RouteName
  readonly version?: VersionName
  /** How many buckets before the running one. */
  readonly age: number
  readonly requests?: number
  readonly errors?: number
  readonly ms?: number
}

function add(window: ServiceWindow, seen: Seen): ServiceWindow {
  const { route = A, version = V1, age, requests = 1, errors = 0, ms = 10 } = seen
  const at = (RUNNING - age * 10_000) as EpochMs
  const observations = Array.from({ length: requests }, (_, index): CheckedObservation => ({
    route,
    status: index < errors ? 503 : 200,
    durationMs: ms,
    at,
  }))
  return foldBatch(window, version, foldObservations(observations))
}

function windowOf(...seen: readonly Seen[]): ServiceWindow {
  return seen.reduce(add, emptyWindow())
}

t.test('a window of a minute is the newest six buckets, the running one included', async (t) => {
  const window = windowOf(
    { age: -1, requests: 100 },
    { age: 0, requests: 1 },
    { age: 5, requests: 2 },
    { age: 6, requests: 100 },
  )
  t.equal(windowStartOf(NOW, 6), RUNNING - 50_000)
  const minute = minuteOf(window, A, NOW)
  t.equal(minute.start, RUNNING - 50_000)
  t.same(
    minute.cells.map((cell) => cell?.count),
    [2, undefined, undefined, undefined, undefined, 1],
  )
})

t.test('versions are looked at together, or one at a time', async (t) => {
  const window = windowOf(
    { age: 1, requests: 3 },
    { age: 1, requests: 4, version: V2 },
    { age: 1, requests: 9, route: B, version: V2 },
  )
  const countOf = (version?: VersionName) => minuteOf(window, A, NOW, version).cells[4]?.count
  t.equal(countOf(), 7)
  t.equal(countOf(V1), 3)
  t.equal(countOf(V2), 4)
  t.equal(countOf('3.0' as VersionName), undefined)
  t.same(routesOf(window, NOW), new Set([A, B]))
  t.same(finish(routeWindows(window, NOW, { version: V1 })).size, 1)
  t.same(finish(routeWindows(window, NOW, { version: 'x' as VersionName })).size, 0)
  t.same(finish(routeWindows(window, NOW, { route: B })).get(B)?.m1.count, 9)
})

t.test('figures cover 1, 5 and 15 minutes, and divide by the time that has passed', async (t) => {
  const window = windowOf(
    { age: 0, requests: 40, errors: 3, ms: 100 },
    { age: 5, requests: 75, ms: 100 },
    { age: 6, requests: 10, ms: 2_000 },
    { age: 29, requests: 10, errors: 10, ms: 2_000 },
    { age: 30, requests: 65, ms: 1 },
    { age: 89, requests: 10, ms: 1 },
    { age: 90, requests: 1_000 },
    { age: 89, requests: 5, route: B, ms: 7 },
  )
  const windows = finish(routeWindows(window, NOW))
  t.same(windows.get(A), {
    // 57.5, 297.5 and 897.5 seconds.
    m1: { count: 115, rps: 2, p50_ms: 100, p95_ms: 100, err_rate: 2.61 },
    m5: { count: 135, rps: 0.45, p50_ms: 100, p95_ms: 2_000, err_rate: 9.63 },
    m15: { count: 210, rps: 0.23, p50_ms: 99.741, p95_ms: 2_000, err_rate: 6.19 },
  })
  const nothing = { count: 0, rps: 0, p50_ms: null, p95_ms: null, err_rate: null }
  t.same(windows.get(B), {
    m1: nothing,
    m5: nothing,
    m15: { count: 5, rps: 0.01, p50_ms: 7, p95_ms: 7, err_rate: 0 },
  })
})

t.test('trends are 30 buckets, empty ones too', async (t) => {
  const window = windowOf(
    { age: 0, requests: 15, errors: 3, ms: 100 },
    { age: 29, requests: 20, ms: 50 },
    { age: 30, requests: 99 },
  )
  const points = finish(routeTrends(window, NOW)).get(A)!
  t.equal(points.length, 30)
  t.same(points[0], { t: RUNNING - 290_000, count: 20, rps: 2, p95_ms: 50, err_rate: 0 })
  t.same(points[1], { t: RUNNING - 280_000, count: 0, rps: 0, p95_ms: null, err_rate: null })
  t.same(points[29], { t: RUNNING, count: 15, rps: 2, p95_ms: 100, err_rate: 20 })
  const justBegun = finish(routeTrends(window, (RUNNING + 1) as EpochMs)).get(A)!
  t.equal(justBegun[29]?.rps, 15, 'the first requests of a bucket are no burst')
})

t.test('sliding packs what is older than a minute, and forgets after 15', async (t) => {
  const window = windowOf(
    { age: 90 },
    { age: 89, requests: 2 },
    { age: 6 },
    { age: 5, requests: 2 },
    { age: 0 },
  )
  const before = finish(routeWindows(window, NOW))
  slideWindow(window, NOW)
  slideWindow(window, NOW)
  const packed = [...window.buckets].map(([start, bucket]) => [
    (RUNNING - start) / 10_000,
    bucket instanceof Uint8Array,
  ])
  t.same(packed, [
    [89, true],
    [6, true],
    [5, false],
    [0, false],
  ])
  t.same(finish(routeWindows(window, NOW)), before)
  t.same(finish(routeWindows(window, NOW, { version: V2 })), new Map(), 'none of another version')
  t.same(finish(routeWindows(window, NOW, { route: A })), before)
  add(window, { age: 6, requests: 3 })
  t.equal(
    finish(routeWindows(window, NOW)).get(A)?.m5.count,
    7,
    'late requests open a bucket again',
  )
})

t.test('a stored bucket is loaded as it was, and broken bytes are refused', async (t) => {
  const stored = windowOf({ age: 1, requests: 4 }, { age: 1, requests: 2, version: V2, route: B })
  const start = (RUNNING - 10_000) as EpochMs
  const bytes = packBucket(cellsOfBucket(stored, start)!)
  const window = windowOf({ age: 1, requests: 50 })
  t.equal(loadBucket(window, start, bytes), null)
  t.same(cellsOfBucket(window, start), cellsOfBucket(stored, start))
  t.same(minuteOf(window, A, NOW), minuteOf(stored, A, NOW))
  t.equal(loadBucket(window, start, bytes.subarray(1)), 'unknown_tag')
  t.same(minuteOf(window, A, NOW), minuteOf(stored, A, NOW), 'and change nothing')
  t.equal(cellsOfBucket(window, 0 as EpochMs), undefined)
})

t.test('bytes that broke inside of a window are a bug, and say so', async (t) => {
  const window = emptyWindow()
  window.buckets.set(RUNNING as EpochMs, Uint8Array.of(0))
  t.throws(() => minuteOf(window, A, NOW), { message: 'a window holds broken cells: unknown_tag' })
})

t.test(
  'a window does not depend on the order of its batches, nor on when it was packed',
  async () => {
    const seen = fc.record({
      route: fc.constantFrom(A, B),
      version: fc.constantFrom(V1, V2),
      age: fc.integer({ min: 0, max: 89 }),
      requests: fc.integer({ min: 1, max: 5 }),
      errors: fc.nat(5),
      ms: fc.integer({ min: 1, max: 2_000 }),
    })
    const batches = fc.array(seen, { maxLength: 20 })
    fc.assert(
      fc.property(
        batches,
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        (given, slides) => {
          const all = windowOf(...given)
          const reversed = emptyWindow()
          for (const [index, batch] of given.toReversed().entries()) {
            add(reversed, batch)
            if (slides[index] === true) slideWindow(reversed, NOW)
          }
          slideWindow(all, NOW)
          slideWindow(reversed, NOW)
          for (const start of all.buckets.keys()) {
            t.same(cellsOfBucket(reversed, start), cellsOfBucket(all, start))
          }
          t.equal(reversed.buckets.size, all.buckets.size)
        },
      ),
      { numRuns: 60 },
    )
  },
)

t.test('an owner that needs less forgets what was seen, and not that it was', async (t) => {
  const window = windowOf({ age: 13 }, { age: 12 }, { age: 6 }, { age: 5 }, { age: 0 })
  const kept = { known: 13, whole: 6 }
  slideWindow(window, NOW, kept)
  const seen = [12, 6, 5, 0].map((age) => RUNNING - age * 10_000)
  t.strictSame([...window.buckets.keys()], seen)
  t.equal(finish(routeWindows(window, NOW)).get(A)?.m15.count, 2, 'the minute is whole')
  add(window, { age: 6, requests: 3 })
  slideWindow(window, NOW, kept)
  t.equal(finish(routeWindows(window, NOW)).get(A)?.m15.count, 2, 'late ones are forgotten too')
})

t.test('a frozen window stays as it is while the other one goes on', async (t) => {
  const window = windowOf({ age: 0 }, { age: 20, route: B })
  const before = finish(routeWindows(window, NOW))
  const frozen = frozenWindow(window)
  add(window, { age: 0, requests: 9 })
  add(window, { age: 20, requests: 9, route: B })
  slideWindow(window, (NOW + 600_000) as EpochMs)
  t.same(finish(routeWindows(frozen, NOW)), before)
})
