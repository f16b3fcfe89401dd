import {
  type EpochMs,
  MINUTE_MS,
  minuteStartOf,
  type RouteName,
  type VersionName,
} from '@portcullis/contracts'
import t from 'tap'

import { finish } from '../steps.ts'
import { foldObservations } from '../window/batch-fold.ts'
import { addCellAt, groupAt, type HourCells } from '../window/cell-table.ts'
import { emptyWindow, foldBatch } from '../window/service-window.ts'
import { type ImpactQuestion, ReleaseImpact, type RouteImpact } from './impact.ts'

const RELEASED = Date.UTC(2026, 10, 23, 10, 0, 30) as EpochMs
const OLD = '1.0' as VersionName
const NEW = '2.0' as VersionName
const NONE = '' as VersionName
const ROUTE = 'GET /a' as RouteName

interface Seen {
  /** Minutes after the release; negative before it. */
  readonly minutes: number
  readonly version: VersionName
  readonly requests: number
  readonly errors?: number
  readonly ms?: number
}

const ASKED: ImpactQuestion = {
  release: { version: NEW, at: RELEASED },
  comparedMs: 30 * MINUTE_MS,
  route: null,
  asOf: (RELEASED + 10 * MINUTE_MS) as EpochMs,
  windowFrom: 0 as EpochMs,
  samplesMin: 5,
}

function cellsOf({ minutes, requests, errors = 0, ms = 10 }: Seen) {
  const at = (RELEASED + minutes * MINUTE_MS) as EpochMs
  return foldObservations(
    Array.from({ length: requests }, (_, index) => ({
      route: ROUTE,
      status: index < errors ? 500 : 200,
      durationMs: ms,
      at,
    })),
  )
}

/** What became of the route when all is in the window, and when all is in stored hours. */
function impactsOf(all: readonly Seen[], given: Partial<ImpactQuestion> = {}): Impacts {
  const inWindow = new ReleaseImpact({ ...ASKED, ...given })
  const window = emptyWindow()
  for (const one of all) foldBatch(window, one.version, cellsOf(one))
  finish(inWindow.addWindow(window))

  const inHours = new ReleaseImpact({ ...ASKED, windowFrom: ASKED.asOf, ...given })
  const hour: HourCells = new Map()
  for (const one of all) {
    for (const [start, cells] of cellsOf(one)) {
      for (const cell of cells.values()) {
        addCellAt(groupAt(hour, minuteStartOf(start)), one.version, cell)
      }
    }
  }
  inHours.addHour(ROUTE, hour)
  return { inWindow: inWindow.routes().get(ROUTE), inHours: inHours.routes().get(ROUTE) }
}

interface Impacts {
  readonly inWindow: RouteImpact | undefined
  readonly inHours: RouteImpact | undefined
}

const both = (impact: RouteImpact | undefined): Impacts => ({ inWindow: impact, inHours: impact })

t.test('a route is compared before and after its release, from either store', async (t) => {
  const seen = [
    { minutes: -20, version: OLD, requests: 90, errors: 9, ms: 100 },
    { minutes: 5, version: NEW, requests: 60, errors: 15, ms: 150 },
  ]
  t.same(
    impactsOf(seen),
    both({
      before: { count: 90, rps: 0.05, p50_ms: 100, p95_ms: 100, err_rate: 10 },
      after: { count: 60, rps: 0.1, p50_ms: 150, p95_ms: 150, err_rate: 25 },
      change: { p95_ms: 50, p95_pct: 50, err_rate: 15, rps_pct: 103.33 },
    }),
  )
})

t.test('around the instant of the release requests are told apart by their version', async (t) => {
  const seen = [
    { minutes: -2, version: NEW, requests: 1 },
    { minutes: -0.75, version: NEW, requests: 10 },
    { minutes: -0.75, version: OLD, requests: 20 },
    { minutes: 0.25, version: NEW, requests: 100 },
    { minutes: 0.25, version: NONE, requests: 200 },
    { minutes: 1, version: OLD, requests: 1_000 },
  ]
  for (const impact of Object.values(impactsOf(seen))) {
    t.equal(impact?.before.count, 221)
    t.equal(impact?.after.count, 1_110)
  }
})

t.test('what is further away than asked for is left out', async (t) => {
  const seen = [-31, -30, 29, 30].map((minutes, nth) => ({
    minutes,
    version: minutes < 0 ? OLD : NEW,
    requests: 10 ** nth,
  }))
  const asOf = (RELEASED + 60 * MINUTE_MS) as EpochMs
  const impacts = impactsOf(seen, { asOf })
  t.equal(impacts.inWindow?.before.count, 10)
  t.equal(impacts.inWindow?.after.count, 100)
})

t.test('a handful of requests on either side says nothing about a change', async (t) => {
  const sides = [
    [4, 100],
    [100, 4],
    [0, 100],
  ] as const
  for (const [before, after] of sides) {
    const { inWindow } = impactsOf([
      { minutes: -5, version: OLD, requests: before },
      { minutes: 5, version: NEW, requests: after },
    ])
    t.equal(inWindow?.change, null)
    t.match(inWindow, { before: { count: before }, after: { count: after } })
  }
})

t.test('a change of traffic is that of the requests, not of rounded rates', async (t) => {
  const { inWindow } = impactsOf(
    [
      { minutes: -300, version: OLD, requests: 60 },
      { minutes: 5, version: NEW, requests: 5 },
    ],
    { comparedMs: 600 * MINUTE_MS },
  )
  t.match(inWindow, { before: { rps: 0 }, after: { rps: 0.01 } })
  t.equal(inWindow?.change?.rps_pct, 400.42, '5 requests in 10 minutes after 60 in 600.5')
})

t.test('right after a release there is nothing to divide by yet', async (t) => {
  const seen = [
    { minutes: -5, version: OLD, requests: 18 },
    { minutes: 0, version: NEW, requests: 10 },
  ]
  const { inWindow } = impactsOf(seen, { asOf: (RELEASED + 500) as EpochMs })
  t.match(inWindow, { after: { count: 10, rps: 10 }, change: { rps_pct: 101_566.67 } })
})

t.test('only the route that is asked for is compared', async (t) => {
  const seen = [{ minutes: 5, version: NEW, requests: 10 }]
  t.same(impactsOf(seen, { route: 'GET /b' as RouteName }), both(undefined))
  t.ok(impactsOf(seen, { route: ROUTE }).inWindow)
})
