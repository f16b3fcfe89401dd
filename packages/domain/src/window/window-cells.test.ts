import {
  BUCKET_MS,
  type EpochMs,
  MINUTE_MS,
  plusMs,
  type RouteName,
  type VersionName,
} from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { foldObservations } from './batch-fold.ts'
import { emptyWindow, foldBatch, slideWindow } from './service-window.ts'
import { createWindowCells, windowCells } from './window-cells.ts'

const BEGIN = 1_795_000_000_000 as EpochMs

t.test('what is remembered is what would be summed anew, whatever comes late', async () => {
  const step = fc.record({
    aheadS: fc.integer({ min: 0, max: 40 }),
    agoS: fc.integer({ min: 0, max: 1_000 }),
    route: fc.constantFrom('GET /a', 'GET /b'),
    version: fc.constantFrom('1', '2'),
    requests: fc.integer({ min: 1, max: 5 }),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const window = emptyWindow()
      const remembering = createWindowCells()
      let now = BEGIN
      return steps.every(({ aheadS, agoS, route, version, requests }) => {
        now = plusMs(now, aheadS * 1_000)
        const one = {
          route: route as RouteName,
          status: 200,
          durationMs: 10,
          at: plusMs(now, -agoS * 1_000),
        }
        const observations = Array.from({ length: requests }, () => one)
        foldBatch(window, version as VersionName, foldObservations(observations))
        slideWindow(window, now)
        return [1, 5, 15].every((minutes) => {
          const asked = [window, now, minutes * MINUTE_MS] as const
          return textOf(remembering(...asked)) === textOf(windowCells(...asked))
        })
      })
    }),
    { numRuns: 200 },
  )
})

t.test('a window of less than a minute is summed as it is', async (t) => {
  const window = emptyWindow()
  const one = { route: 'GET /a' as RouteName, status: 200, durationMs: 10, at: BEGIN }
  foldBatch(window, '' as VersionName, foldObservations([one]))
  t.equal(createWindowCells()(window, BEGIN, BUCKET_MS).get('GET /a' as RouteName)?.count, 1)
})

function textOf(cells: ReturnType<typeof windowCells>): string {
  return JSON.stringify([...cells].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
