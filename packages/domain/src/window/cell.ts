import { binOf } from './latency.ts'

/**
 * What a route did in (a part of) a bucket: how many requests ended with which status, and how many
 * took how long. Cells add up, in any order, to the same cell.
 *
 * The four lists are pairs of columns in ascending order, without gaps for what never happened:
 * plain arrays of small integers are the fastest to search, to merge and to write, and a filled cell
 * takes about 2 kB. All numbers are whole. A sum beyond 2^53 - 1 stays there, so that addition keeps
 * its laws for any input.
 */
export interface Cell {
  readonly count: number
  readonly sumUs: number
  /** Shortest and longest latency, in microseconds; of an empty cell `Infinity` and 0. */
  readonly minUs: number
  readonly maxUs: number
  readonly statuses: readonly number[]
  readonly statusCounts: readonly number[]
  readonly bins: readonly number[]
  readonly binCounts: readonly number[]
}

/** A cell that is being filled; it has one owner. */
export interface OpenCell extends Cell {
  count: number
  sumUs: number
  minUs: number
  maxUs: number
  readonly statuses: number[]
  readonly statusCounts: number[]
  readonly bins: number[]
  readonly binCounts: number[]
}

/** Returns a cell in which nothing happened yet. */
export function emptyCell(): OpenCell {
  return {
    count: 0,
    sumUs: 0,
    minUs: Infinity,
    maxUs: 0,
    statuses: [],
    statusCounts: [],
    bins: [],
    binCounts: [],
  }
}

/** Returns a cell that is the same and shares nothing with it: in a fraction of the time in which it is added to an empty one. */
export function copyOfCell(cell: Cell): OpenCell {
  const { count, sumUs, minUs, maxUs, statuses, statusCounts, bins, binCounts } = cell
  return {
    count,
    sumUs,
    minUs,
    maxUs,
    statuses: statuses.slice(),
    statusCounts: statusCounts.slice(),
    bins: bins.slice(),
    binCounts: binCounts.slice(),
  }
}

/** Adds one request to `cell`; `latencyUs` is whole, 1 to `LATENCY_US_MAX`. */
export function observe(cell: OpenCell, status: number, latencyUs: number): void {
  cell.count = plus(cell.count, 1)
  cell.sumUs = plus(cell.sumUs, latencyUs)
  if (latencyUs < cell.minUs) cell.minUs = latencyUs
  if (latencyUs > cell.maxUs) cell.maxUs = latencyUs
  addCount(cell.statuses, cell.statusCounts, status, 1)
  addCount(cell.bins, cell.binCounts, binOf(latencyUs), 1)
}

/** Adds all of `from` to `into`; `from` stays as it is, and shares nothing with `into`. */
export function addCell(into: OpenCell, from: Cell): void {
  into.count = plus(into.count, from.count)
  into.sumUs = plus(into.sumUs, from.sumUs)
  if (from.minUs < into.minUs) into.minUs = from.minUs
  if (from.maxUs > into.maxUs) into.maxUs = from.maxUs
  addCounts(into.statuses, into.statusCounts, from.statuses, from.statusCounts)
  addCounts(into.bins, into.binCounts, from.bins, from.binCounts)
}

/** Returns how many requests ended with 5xx: nothing else is an error. */
export function errorsOf({ statuses, statusCounts }: Cell): number {
  let errors = 0
  for (let index = statuses.length - 1; index >= 0 && statuses[index]! >= 500; index -= 1) {
    errors = plus(errors, statusCounts[index]!)
  }
  return errors
}

/** Returns `a + b`, or 2^53 - 1 beyond it. */
export function plus(a: number, b: number): number {
  const sum = a + b
  return sum > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : sum
}

/** Adds `count` to that of `key`; `keys` ascend, and stay so. */
export function addCount(keys: number[], counts: number[], key: number, count: number): void {
  const index = firstNotBelow(keys, key)
  if (keys[index] === key) counts[index] = plus(counts[index]!, count)
  else insertAt(keys, counts, { index, key, count })
}

/** Returns the first index whose key is not below `key`, or the length: binary search. */
function firstNotBelow(keys: readonly number[], key: number): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keys[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}

/** Adds counts of ascending keys. Walks both lists once: a batch's cell is short, and the bucket's mostly has its keys already. */
export function addCounts(
  keys: number[],
  counts: number[],
  addedKeys: readonly number[],
  addedCounts: readonly number[],
): void {
  let index = 0
  for (let added = 0; added < addedKeys.length; added += 1) {
    const key = addedKeys[added]!
    const count = addedCounts[added]!
    while (index < keys.length && keys[index]! < key) index += 1
    if (index < keys.length && keys[index] === key) counts[index] = plus(counts[index]!, count)
    else insertAt(keys, counts, { index, key, count })
  }
}

/** Twice as fast as two `splice`, which make an array of what they remove. */
function insertAt(
  keys: number[],
  counts: number[],
  { index, key, count }: { index: number; key: number; count: number },
): void {
  keys.push(key)
  counts.push(count)
  for (let at = keys.length - 1; at > index; at -= 1) {
    keys[at] = keys[at - 1]!
    counts[at] = counts[at - 1]!
  }
  keys[index] = key
  counts[index] = count
}
