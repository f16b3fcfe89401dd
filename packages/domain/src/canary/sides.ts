import type { RouteName, VersionName } from '@portcullis/contracts'

import { mergeCells } from '../window/cell-sum.ts'
import type { BucketCells } from '../window/cell-table.ts'
import type { Cell } from '../window/cell.ts'

/** What a route did in a bucket, on either side. */
export interface Sides {
  readonly canary: Cell | undefined
  /** All other versions together. */
  readonly baseline: Cell | undefined
}

/** Returns what every route did on either side, in no particular order. */
export function sidesOf(bucket: BucketCells, version: VersionName): Map<RouteName, Sides> {
  const canary = bucket.get(version)
  const others = [...bucket].filter(([name]) => name !== version).map(([, cells]) => cells)
  const routes = new Set<RouteName>()
  for (const cells of bucket.values()) for (const route of cells.keys()) routes.add(route)
  return new Map(
    [...routes].map((route) => {
      const found = others.flatMap((cells) => cells.get(route) ?? [])
      const baseline = found.length > 1 ? mergeCells(found) : found[0]
      return [route, { canary: canary?.get(route), baseline }]
    }),
  )
}

/** Returns how many requests one side had, or both. */
export function requestsOf(
  sides: ReadonlyMap<RouteName, Sides>,
  of: readonly (keyof Sides)[],
): number {
  let requests = 0
  for (const side of sides.values()) for (const name of of) requests += side[name]?.count ?? 0
  return requests
}
