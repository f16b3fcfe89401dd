import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { CellSum } from './cell-sum.ts'
import { type Cell, type OpenCell, plus } from './cell.ts'
import { BIN_MAX, binOf } from './latency.ts'

// A cell, all numbers as varints:
//   number of statuses; for each the step from the one before (the first from 99), and its count
//   shortest latency, longest minus shortest, sum of latencies, in microseconds
//   number of bins; for each twice the step from the one before (the first from -1), and one more
//   where the count, less 2, follows: most bins of a batch hold one request, in one byte.
// Steps and counts are 1 at least, so that a cell has exactly one spelling.

const STATUS_BEFORE_FIRST = 99
const STATUS_MAX = 599
const BIN_BEFORE_FIRST = -1
const STEP_MAX = 2 * (BIN_MAX - BIN_BEFORE_FIRST) + 1
/** Sizes and latencies. */
const VARINTS_FIXED = 5

/** Appends a cell that holds one request at least. */
export function writeCell(writer: ByteWriter, cell: Cell): void {
  const { statuses, statusCounts, bins, binCounts } = cell
  writer.reserveVarints(VARINTS_FIXED + 2 * (statuses.length + bins.length))
  writer.varint(statuses.length)
  let before = STATUS_BEFORE_FIRST
  for (let index = 0; index < statuses.length; index += 1) {
    writer.varint(statuses[index]! - before)
    writer.varint(statusCounts[index]!)
    before = statuses[index]!
  }
  writer.varint(cell.minUs)
  writer.varint(cell.maxUs - cell.minUs)
  writer.varint(cell.sumUs)
  writer.varint(bins.length)
  before = BIN_BEFORE_FIRST
  for (let index = 0; index < bins.length; index += 1) {
    const count = binCounts[index]!
    writer.varint(2 * (bins[index]! - before) + (count > 1 ? 1 : 0))
    if (count > 1) writer.varint(count - 2)
    before = bins[index]!
  }
}

/** Returns the next cell, or null where the bytes name none that requests could have made. */
export function readCell(reader: ByteReader): OpenCell | null {
  const ended = readStatuses(reader)
  const minUs = reader.varint()
  const maxUs = plus(minUs, reader.varint())
  const sumUs = reader.varint()
  const took = readBins(reader)
  if (ended === null || took === null || ended.total !== took.total) return null
  const cell = {
    count: ended.total,
    sumUs,
    minUs,
    maxUs,
    statuses: ended.keys,
    statusCounts: ended.counts,
    bins: took.keys,
    binCounts: took.counts,
  }
  return reader.fault === null && isPossible(cell) ? cell : null
}

/**
 * Adds the next cell to `sum`, and makes none: for bytes that were looked at before, in a third of
 * the time of `readCell`. The first and the last bin are those of the extremes.
 */
export function addPackedCell(reader: ByteReader, sum: CellSum): void {
  let status = STATUS_BEFORE_FIRST
  let requests = 0
  for (let left = reader.size(); left > 0; left -= 1) {
    status += reader.varint()
    const count = reader.varint()
    sum.addStatus(status, count)
    requests = plus(requests, count)
  }
  const minUs = reader.varint()
  const maxUs = minUs + reader.varint()
  sum.addExtremes(minUs, maxUs)
  sum.addTotals(requests, reader.varint())
  sum.cover(binOf(minUs), binOf(maxUs))
  let bin = BIN_BEFORE_FIRST
  for (let left = reader.size(); left > 0; left -= 1) {
    const step = reader.varint()
    bin += step >> 1
    sum.addBin(bin, (step & 1) === 0 ? 1 : plus(reader.varint(), 2))
  }
}

/** Which requests of a packed cell are counted as bad: by their status, or by the bins above one. */
export type BadTest =
  | { readonly isBad: (status: number) => boolean }
  | { readonly slowerThanBin: number }

/** Counts the next cell, and makes none: for bytes that were looked at before. */
export function countPackedCell(
  reader: ByteReader,
  test: BadTest,
): { readonly bad: number; readonly total: number } {
  let bad = 0
  let total = 0
  let status = STATUS_BEFORE_FIRST
  for (let left = reader.size(); left > 0; left -= 1) {
    status += reader.varint()
    const count = reader.varint()
    total = plus(total, count)
    if ('isBad' in test && test.isBad(status)) bad = plus(bad, count)
  }
  for (let extremes = 3; extremes > 0; extremes -= 1) reader.varint()
  let bin = BIN_BEFORE_FIRST
  for (let left = reader.size(); left > 0; left -= 1) {
    const step = reader.varint()
    bin += step >> 1
    const count = (step & 1) === 0 ? 1 : plus(reader.varint(), 2)
    if ('slowerThanBin' in test && bin > test.slowerThanBin) bad = plus(bad, count)
  }
  return { bad, total }
}

interface Columns {
  readonly keys: number[]
  readonly counts: number[]
  readonly total: number
}

function readStatuses(reader: ByteReader): Columns | null {
  const columns = emptyColumns(reader.size(), STATUS_MAX - STATUS_BEFORE_FIRST)
  if (columns === null) return null
  const { keys, counts } = columns
  let total = 0
  let status = STATUS_BEFORE_FIRST
  for (let index = 0; index < keys.length; index += 1) {
    const step = reader.varint()
    const count = reader.varint()
    status += step
    if (step === 0 || count === 0 || status > STATUS_MAX) return null
    keys[index] = status
    counts[index] = count
    total = plus(total, count)
  }
  return { keys, counts, total }
}

function readBins(reader: ByteReader): Columns | null {
  const columns = emptyColumns(reader.size(), BIN_MAX - BIN_BEFORE_FIRST)
  if (columns === null) return null
  const { keys, counts } = columns
  let total = 0
  let bin = BIN_BEFORE_FIRST
  for (let index = 0; index < keys.length; index += 1) {
    const step = reader.varint()
    if (step < 2 || step > STEP_MAX) return null
    const count = (step & 1) === 0 ? 1 : plus(reader.varint(), 2)
    bin += step >> 1
    keys[index] = bin
    counts[index] = count
    total = plus(total, count)
  }
  return bin <= BIN_MAX ? { keys, counts, total } : null
}

/** Arrays of their final length are filled in a quarter of the time in which they grow. */
function emptyColumns(size: number, sizeMax: number): Pick<Columns, 'keys' | 'counts'> | null {
  if (size > sizeMax) return null
  return { keys: new Array<number>(size), counts: new Array<number>(size) }
}

/**
 * Whether requests could have made the cell: there is one at least, the shortest and the longest
 * latency lie in the first and the last bin, so that quantiles can be kept within them, and the sum
 * is neither below nor above what the rest could take.
 */
export function isPossible({ count, sumUs, minUs, maxUs, bins }: Cell): boolean {
  const sumLeast = plus(minUs * (count - 1), maxUs)
  const sumMost = plus(maxUs * (count - 1), minUs)
  return (
    count > 0 &&
    minUs >= 1 &&
    minUs <= maxUs &&
    sumUs >= sumLeast &&
    sumUs <= sumMost &&
    binOf(minUs) === bins[0] &&
    binOf(maxUs) === bins.at(-1)
  )
}
