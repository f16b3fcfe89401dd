import type { RouteScope } from '@portcullis/contracts'
import t from 'tap'

import type { WindowFigures } from '../window/figures.ts'
import { exceeds, sloOf } from './state.ts'
import { DEFAULT_SLO_SETTINGS, type SloOverride, targetsOf } from './targets.ts'

const scope = { service: 'shop', environment: 'production', route: 'GET /orders/:id' } as RouteScope

function figures(p95_ms: number, err_rate: number, count = 5): WindowFigures {
  return { count, rps: 1, p50_ms: 1, p95_ms, err_rate }
}

t.test('a route has the worse of its two states', async (t) => {
  const { targets } = DEFAULT_SLO_SETTINGS
  const cases = [
    [figures(300, 1), 'ok', 'ok', 'ok'],
    [figures(300.001, 1), 'warn', 'ok', 'warn'],
    [figures(360, 1), 'warn', 'ok', 'warn'],
    [figures(360.001, 1), 'critical', 'ok', 'critical'],
    [figures(1, 1.01), 'ok', 'warn', 'warn'],
    [figures(1, 1.2), 'ok', 'warn', 'warn'],
    [figures(301, 1.21), 'warn', 'critical', 'critical'],
    [figures(999, 99, 4), 'no_data', 'no_data', 'no_data'],
  ] as const
  for (const [given, p95_ms, err_pct, state] of cases) {
    t.same(sloOf(given, targets, 5), { state, dims: { p95_ms, err_pct } })
  }
})

t.test('a limit is a decimal number, not a binary one', async (t) => {
  t.notOk(exceeds(0.84, 0.7, 120))
  t.ok(exceeds(0.85, 0.7, 120))
  t.notOk(exceeds(0, 0, 120), 'a target of 0 is kept by nothing at all')
  t.ok(exceeds(0.01, 0, 120))
})

t.test('the first override that fits a route counts', async (t) => {
  const cases: readonly (readonly [readonly SloOverride[], number, number])[] = [
    [[], 300, 1],
    [[{ route: 'GET /orders/:id', p95_ms: 500 }], 500, 1],
    [[{ route: 'GET /orders/:id', err_pct: 0 }], 300, 0],
    [[{ route: 'GET /orders', p95_ms: 500 }], 300, 1],
    [
      [
        { route: '*', p95_ms: 1, service: 'other' },
        { route: '*', p95_ms: 2 },
      ],
      2,
      1,
    ],
    [[{ route: '*', p95_ms: 1, environment: 'staging' }], 300, 1],
    [[{ route: 'GET /*', p95_ms: 1, service: 'sh*', environment: 'production' }], 1, 1],
    [[{ route: 'GET /o*s/*', p95_ms: 1 }], 1, 1],
    [[{ route: 'GET /*/x/*', p95_ms: 1 }], 300, 1],
    [[{ route: 'POST*', p95_ms: 1 }], 300, 1],
    [[{ route: '*:id*:id', p95_ms: 1 }], 300, 1],
  ]
  for (const [overrides, p95_ms, err_pct] of cases) {
    const targets = targetsOf({ ...DEFAULT_SLO_SETTINGS, overrides }, scope)
    t.same(targets, { p95_ms, err_pct }, JSON.stringify(overrides))
  }
})
