import fc from 'fast-check'
import t from 'tap'

import type { Cell } from './cell.ts'
import { Losses, type Drop } from './losses.ts'
import { BUCKET_MS, Recorder } from './recorder.ts'
import { RouteTable } from './route-table.ts'

const START = 1_795_428_000_000

function setUp(limits: { bufferBytesMax?: number; bufferAgeMsMax?: number } = {}) {
  const clock = { now: START }
  const drops: Drop[] = []
  const losses = new Losses((drop) => drops.push(drop))
  const recorder = new Recorder(new RouteTable(3, ['GET /ignored']), losses, {
    limits: { bufferBytesMax: 1_000_000, bufferAgeMsMax: 900_000, ...limits },
    now: () => clock.now,
  })
  const take = (): Cell[] => {
    recorder.closeOpen()
    return recorder.take(Infinity)
  }
  return { clock, drops, losses, recorder, take }
}

t.test('observations of a route and bucket fold into one cell', async (t) => {
  const { clock, recorder, take } = setUp()
  recorder.record('GET', '/a', 200, 10)
  clock.now += BUCKET_MS - 1
  recorder.record('GET', '/a', 503, 10.1)
  recorder.record('GET', '/a', 200, 0)
  recorder.record('GET', '/b', 404, 2)
  t.same(JSON.parse(JSON.stringify(take())), [
    {
      route: 'GET /a',
      start: START,
      statuses: { 200: 2, 503: 1 },
      latency: {
        bins: [
          [0, 1],
          [461, 2],
        ],
        sum_us: 20_101,
        min_us: 1,
        max_us: 10_100,
      },
    },
    {
      route: 'GET /b',
      start: START,
      statuses: { 404: 1 },
      latency: { bins: [[381, 1]], sum_us: 2_000, min_us: 2_000, max_us: 2_000 },
    },
  ])
  t.same(take(), [])
})

t.test(
  'a new bucket closes the cell of the one before, also when the clock goes back',
  async (t) => {
    const { clock, recorder, take } = setUp()
    for (const at of [0, BUCKET_MS, 2 * BUCKET_MS - 1, 0]) {
      clock.now = START + at
      recorder.record('GET', '/a', 200, 1)
    }
    t.same(
      take().map((cell) => [cell.start - START, cell.observations]),
      [
        [0, 1],
        [BUCKET_MS, 2],
        [0, 1],
      ],
    )
  },
)

t.test('what makes no sense is counted as invalid and folded nowhere', async (t) => {
  const { losses, recorder, take } = setUp()
  const table: [status: number, durationMs: number][] = [
    [0, 1],
    [99, 1],
    [600, 1],
    [200.5, 1],
    [Number.NaN, 1],
    [200, -1],
    [200, Number.NaN],
    [200, 'fast' as never],
    [undefined as never, 1],
  ]
  for (const [status, durationMs] of table) recorder.record('GET', '/a', status, durationMs)
  t.same(take(), [])
  t.equal(losses.totals.invalid, table.length)
  t.equal(recorder.recorded, table.length)
})

t.test('an ignored route is not counted at all', async (t) => {
  const { recorder, take } = setUp()
  recorder.record('GET', '/ignored', 200, 1)
  t.equal(recorder.recorded, 0)
  t.same(take(), [])
})

t.test('a full buffer drops the oldest cells, counts them, and tells of them once', async (t) => {
  const { clock, drops, losses, recorder, take } = setUp({ bufferBytesMax: 2_000 })
  for (let bucket = 0; bucket < 10; bucket += 1) {
    clock.now = START + bucket * BUCKET_MS
    recorder.record('GET', '/a', 200, 1)
    recorder.record('GET', '/a', 200, 1)
  }
  t.ok(recorder.waiting.bytes <= 2_000 + 624)
  t.same(drops, [], 'nobody is called in the path of a request')
  losses.tell()
  losses.tell()
  t.same(drops, [{ reason: 'buffer_full', observations: 12, detail: undefined }])
  t.same(
    take().map((cell) => (cell.start - START) / BUCKET_MS),
    [7, 8, 9],
  )
})

t.test('a cell whose bucket ended too long ago is dropped', async (t) => {
  const { clock, losses, recorder, take } = setUp({ bufferAgeMsMax: 60_000 })
  recorder.record('GET', '/a', 200, 1)
  recorder.closeOpen()
  clock.now += BUCKET_MS + 60_000
  recorder.dropOld()
  t.equal(losses.totals.too_old, 0)
  clock.now += 1
  recorder.dropOld()
  t.equal(losses.totals.too_old, 1)
  t.same(take(), [])
})

t.test('after its end a recorder counts what comes as dropped', async (t) => {
  const { losses, recorder, take } = setUp()
  recorder.end()
  recorder.record('GET', '/a', 200, 1)
  t.same(take(), [])
  t.equal(losses.totals.closed, 1)
})

t.test(
  'however it is cut into batches, every observation is in exactly one cell or drop',
  async (t) => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('record' as const),
        template: fc.constantFrom('/a', '/b', '/c', '/d', undefined),
        status: fc.constantFrom(200, 404, 503, 700),
        ms: fc.integer({ min: -1, max: 5_000 }),
      }),
      fc.record({
        kind: fc.constant('pass' as const),
        ms: fc.integer({ min: -5_000, max: 15_000 }),
      }),
      fc.record({ kind: fc.constant('take' as const), cells: fc.integer({ min: 0, max: 4 }) }),
    )
    t.doesNotThrow(() => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
          const { clock, losses, recorder, take } = setUp({
            bufferBytesMax: 3_000,
            bufferAgeMsMax: 30_000,
          })
          const taken: Cell[] = []
          for (const step of steps) {
            if (step.kind === 'record') recorder.record('GET', step.template, step.status, step.ms)
            if (step.kind === 'pass') clock.now += step.ms
            if (step.kind === 'pass') recorder.dropOld()
            if (step.kind === 'take') recorder.closeOpen()
            if (step.kind === 'take') taken.push(...recorder.take(step.cells))
          }
          const waiting = recorder.waiting.observations
          const sent = taken.reduce((sum, cell) => sum + cell.observations, 0)
          const dropped = Object.values(losses.totals).reduce((sum, n) => sum + n, 0)
          taken.push(...take())
          const isWhole = taken.every((cell) => {
            const binned = [...cell.bins.values()].reduce((sum, n) => sum + n, 0)
            const answered = [...cell.statuses.values()].reduce((sum, n) => sum + n, 0)
            return binned === cell.observations && answered === cell.observations
          })
          return isWhole && recorder.recorded === sent + waiting + dropped
        }),
      )
    })
  },
)
