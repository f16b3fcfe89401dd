import {
  BUCKET_MS,
  type EpochMs,
  type GivenLoad,
  type GivenTraffic,
  SECOND_MS,
  type VersionName,
} from '@portcullis/contracts'

import type { BatchCells } from '../../window/cell-table.ts'
import { addCellAt, groupAt } from '../../window/cell-table.ts'
import { addCount, type Cell, emptyCell } from '../../window/cell.ts'
import { binOf, latencyUsOf } from '../../window/latency.ts'
import {
  emptyWindow,
  foldBatch,
  type ServiceWindow,
  startsOf,
} from '../../window/service-window.ts'

const NO_VERSION = '' as VersionName

/** Requests that came by some moment, and how many of them were bad in either way. */
interface LoadCounts {
  readonly requests: number
  readonly errors: number
  readonly slow: number
}

/**
 * Returns what steady traffic did in its nth bucket. The totals are rounded, and each bucket has the difference: so shares
 * come out as they were given, however few requests a bucket has.
 */
export function loadInBucket(load: GivenLoad, nth: number): LoadCounts {
  const before = loadUntil(load, nth)
  const after = loadUntil(load, nth + 1)
  return {
    requests: after.requests - before.requests,
    errors: after.errors - before.errors,
    slow: after.slow - before.slow,
  }
}

function loadUntil({ perSecond, errors, slow }: GivenLoad, buckets: number): LoadCounts {
  const requests = Math.round((perSecond * buckets * BUCKET_MS) / SECOND_MS)
  return { requests, errors: Math.round(requests * errors), slow: Math.round(requests * slow) }
}

/** Returns a window that holds steady traffic until an instant, the running bucket as full as the others. */
export function givenWindow(traffic: readonly GivenTraffic[], at: EpochMs): ServiceWindow {
  const window = emptyWindow()
  for (const given of traffic) {
    const cells: BatchCells = new Map()
    const starts = startsOf(at, Math.round(given.for / BUCKET_MS))
    for (const [nth, start] of starts.entries()) {
      const cell = cellOfLoad(given, nth)
      if (cell.count > 0) addCellAt(groupAt(cells, start), given.route, cell)
    }
    foldBatch(window, NO_VERSION, cells)
  }
  return window
}

/** Returns the cell of steady traffic in its nth bucket. The errors are not the slow ones: only how many there are of each is told. */
export function cellOfLoad(load: GivenLoad, nth: number): Cell {
  const { status, latency, slowLatency } = load
  const { requests, errors, slow } = loadInBucket(load, nth)
  const cell = emptyCell()
  const add = (count: number, [endedWith, ms]: readonly [number, number]): void => {
    if (count === 0) return
    const us = latencyUsOf(ms)
    cell.count += count
    cell.sumUs += count * us
    cell.minUs = Math.min(cell.minUs, us)
    cell.maxUs = Math.max(cell.maxUs, us)
    addCount(cell.statuses, cell.statusCounts, endedWith, count)
    addCount(cell.bins, cell.binCounts, binOf(us), count)
  }
  const both = Math.max(0, errors + slow - requests)
  add(both, [status, slowLatency])
  add(errors - both, [status, latency])
  add(slow - both, [200, slowLatency])
  add(requests - errors - slow + both, [200, latency])
  return cell
}
