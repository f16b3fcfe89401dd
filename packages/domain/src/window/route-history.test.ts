import {
  type EpochMs,
  HOUR_MS,
  MINUTE_MS,
  minuteStartOf,
  type RouteName,
  type VersionName,
} from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { finish } from '../steps.ts'
import { foldObservations } from './batch-fold.ts'
import { addCellAt, groupAt, type HourCells } from './cell-table.ts'
import { windowStartOf } from './figures.ts'
import {
  type HistoryPoint,
  type HistoryQuestion,
  hoursBefore,
  RouteHistory,
  stepStartOf,
  wholeMinutesFrom,
} from './route-history.ts'
import { emptyWindow, foldBatch, type ServiceWindow, slideWindow } from './service-window.ts'

// Goal: a history is the same wherever its minutes are kept. Method: the same requests are put into
// stored hours and into a window, as the two stores would hold them, and asked for.

const NOW = Date.UTC(2026, 10, 23, 10, 20, 7) as EpochMs
const V1 = '1.0' as VersionName
const V2 = '2.0' as VersionName
const A = 'GET /a' as RouteName
const B = 'GET /b' as RouteName

interface Seen {
  readonly route: RouteName
  readonly version: VersionName
  /** Before the present. */
  readonly agoMs: number
  readonly status: number
  readonly ms: number
}

function seen(agoMs: number, given: Partial<Seen> = {}): Seen {
  return { route: A, version: V1, agoMs, status: 200, ms: 10, ...given }
}

function windowOf(all: readonly Seen[]): ServiceWindow {
  const window = emptyWindow()
  for (const one of all) foldBatch(window, one.version, cellsOf(one))
  slideWindow(window, NOW)
  return window
}

function cellsOf({ route, status, ms, agoMs }: Seen) {
  return foldObservations([{ route, status, durationMs: ms, at: (NOW - agoMs) as EpochMs }])
}

/** The stored hours of each route, as the compaction makes them. */
function hoursOf(all: readonly Seen[]): Map<RouteName, Map<EpochMs, HourCells>> {
  const routes = new Map<RouteName, Map<EpochMs, HourCells>>()
  for (const one of all) {
    const hours = routes.get(one.route) ?? new Map<EpochMs, HourCells>()
    routes.set(one.route, hours)
    for (const [start, cells] of cellsOf(one)) {
      const hour = hours.get(stepStartOf(start, HOUR_MS)) ?? new Map()
      hours.set(stepStartOf(start, HOUR_MS), hour)
      for (const cell of cells.values()) {
        addCellAt(groupAt(hour, minuteStartOf(start)), one.version, cell)
      }
    }
  }
  return routes
}

function asked(
  given: Partial<HistoryQuestion> & { readonly agoMs?: number } = {},
): HistoryQuestion {
  const { agoMs = HOUR_MS, stepMs = MINUTE_MS } = given
  return {
    span: { from: stepStartOf(NOW - agoMs, stepMs), to: NOW },
    stepMs,
    windowFrom: wholeMinutesFrom(windowStartOf(NOW, 90)),
    selection: {},
    ...given,
  }
}

function historyOf(
  question: HistoryQuestion,
  all: readonly Seen[],
): Map<RouteName, HistoryPoint[]> {
  const history = new RouteHistory(question)
  finish(history.addWindow(windowOf(all)))
  for (const [route, hours] of hoursOf(all)) {
    for (const hour of hours.values()) history.addHour(route, hour)
  }
  return history.points()
}

t.test(
  'a step has a point when there was a request in it, and the oldest comes first',
  async (t) => {
    const all = [
      seen(0, { status: 503 }),
      seen(7_000),
      seen(8_000),
      seen(50 * MINUTE_MS, { ms: 250 }),
      seen(61 * MINUTE_MS),
    ]
    const points = historyOf(asked(), all)
    t.same(points.get(A), [
      {
        t: NOW - 7_000 - 50 * MINUTE_MS,
        count: 1,
        rps: 0.02,
        p50_ms: 250,
        p95_ms: 250,
        err_rate: 0,
      },
      { t: NOW - 7_000 - MINUTE_MS, count: 1, rps: 0.02, p50_ms: 10, p95_ms: 10, err_rate: 0 },
      { t: NOW - 7_000, count: 2, rps: 0.29, p50_ms: 10, p95_ms: 10, err_rate: 50 },
    ])
  },
)

t.test('a request of the newest minutes counts once, though both stores have it', async (t) => {
  const points = historyOf(asked(), [seen(5 * MINUTE_MS), seen(5 * MINUTE_MS)])
  t.same(
    points.get(A)?.map(({ count }) => count),
    [2],
  )
})

t.test('a step that begins in a stored hour and ends in the window has one point', async (t) => {
  const question = asked({ stepMs: 20 * MINUTE_MS })
  const points = historyOf(question, [seen(6 * MINUTE_MS), seen(19 * MINUTE_MS)])
  t.same(
    points.get(A)?.map(({ t, count }) => [t, count]),
    [[Date.UTC(2026, 10, 23, 10, 0), 2]],
  )
})

t.test('only the route and the version that are asked for are counted', async (t) => {
  const all = [0, 30 * MINUTE_MS].flatMap((agoMs) => [
    seen(agoMs),
    seen(agoMs, { version: V2 }),
    seen(agoMs, { route: B, version: V2 }),
  ])
  const countsOf = (question: HistoryQuestion) =>
    [...historyOf(question, all)].map(([route, points]) => [route, points.map((p) => p.count)])
  t.same(countsOf(asked({ selection: { route: A } })), [[A, [2, 2]]])
  t.same(countsOf(asked({ selection: { version: V2 } })), [
    [A, [1, 1]],
    [B, [1, 1]],
  ])
  t.same(countsOf(asked({ selection: { route: B, version: V1 } })), [])
})

t.test('whatever the step, no request is lost or counted twice', async (t) => {
  const seenOnes = fc.array(
    fc.record({
      route: fc.constantFrom(A, B),
      version: fc.constantFrom(V1, V2),
      agoMs: fc.integer({ min: 0, max: 3 * HOUR_MS }),
      status: fc.constantFrom(200, 404, 500, 503),
      ms: fc.integer({ min: 0, max: 5_000 }),
    }),
    { maxLength: 40 },
  )
  const steps = fc.constantFrom(1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)
  fc.assert(
    fc.property(seenOnes, steps, (all, minutes) => {
      const question = asked({ agoMs: 2 * HOUR_MS, stepMs: minutes * MINUTE_MS })
      const history = historyOf(question, all)
      for (const route of [A, B]) {
        const expected = new Map<number, number>()
        for (const one of all.filter((other) => other.route === route)) {
          const step = stepStartOf(NOW - one.agoMs, question.stepMs)
          if (step >= question.span.from) expected.set(step, (expected.get(step) ?? 0) + 1)
        }
        const points = history.get(route) ?? []
        t.same(
          points.map((point) => [point.t, point.count]),
          [...expected].toSorted(([a], [b]) => a - b),
        )
      }
    }),
    { numRuns: 60 },
  )
})

t.test('the hours to read are those of the minutes before the window', async (t) => {
  const at = (hours: number, minutes = 0) => Date.UTC(2026, 10, 23, hours, minutes) as EpochMs
  const cases = [
    [at(7, 30), at(9, 10), at(10, 5), at(7), at(10)],
    [at(7, 30), at(9), at(10, 5), at(7), at(9)],
    [at(9, 30), at(10, 20), at(10, 5), at(9), at(11)],
    [at(10), at(10, 20), at(10), at(10), at(10)],
    [at(10, 7), at(10, 20), at(10, 5), at(10), at(10)],
  ] as const
  for (const [from, to, windowFrom, first, end] of cases) {
    t.same(hoursBefore({ from, to }, windowFrom), { from: first, to: end })
  }
})

t.test('a window holds all of a minute from the first one that it saw begin', async (t) => {
  const minute = Date.UTC(2026, 10, 23, 10, 5) as EpochMs
  t.equal(wholeMinutesFrom(minute), minute)
  t.equal(wholeMinutesFrom((minute + 10_000) as EpochMs), minute + MINUTE_MS)
  t.equal(wholeMinutesFrom((minute + 50_000) as EpochMs), minute + MINUTE_MS)
})
