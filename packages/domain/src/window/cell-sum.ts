import { addCount, addCounts, type Cell, type OpenCell, plus } from './cell.ts'

/** Bins by which the range grows beyond what is needed: a route's latencies spread slowly. */
const MARGIN = 32

/**
 * Adds many cells to one. Their bins are counted by position, over the range that was seen, and not
 * by searching: to add a full cell takes a tenth of the time that `addCell` takes.
 */
export class CellSum {
  #count = 0
  #sumUs = 0
  #minUs = Infinity
  #maxUs = 0
  readonly #statuses: number[] = []
  readonly #statusCounts: number[] = []
  /** The bin of the first position. */
  #low = 0
  #counts = new Float64Array(0)

  add(cell: Cell): void {
    this.addTotals(cell.count, cell.sumUs)
    this.addExtremes(cell.minUs, cell.maxUs)
    addCounts(this.#statuses, this.#statusCounts, cell.statuses, cell.statusCounts)
    const { bins, binCounts } = cell
    if (bins.length === 0) return
    this.cover(bins[0]!, bins.at(-1)!)
    for (let index = 0; index < bins.length; index += 1)
      this.addBin(bins[index]!, binCounts[index]!)
  }

  addTotals(count: number, sumUs: number): void {
    this.#count = plus(this.#count, count)
    this.#sumUs = plus(this.#sumUs, sumUs)
  }

  addExtremes(minUs: number, maxUs: number): void {
    if (minUs < this.#minUs) this.#minUs = minUs
    if (maxUs > this.#maxUs) this.#maxUs = maxUs
  }

  addStatus(status: number, count: number): void {
    addCount(this.#statuses, this.#statusCounts, status, count)
  }

  /** The bin must be covered. */
  addBin(bin: number, count: number): void {
    const position = bin - this.#low
    this.#counts[position] = plus(this.#counts[position]!, count)
  }

  /** Makes room for bins from `first` to `last`. */
  cover(first: number, last: number): void {
    const length = this.#counts.length
    if (length > 0 && first >= this.#low && last < this.#low + length) return
    const low = length === 0 ? first : Math.min(this.#low, first - MARGIN)
    const end = Math.max(this.#low + length, last + 1 + MARGIN)
    const grown = new Float64Array(end - low)
    if (length > 0) grown.set(this.#counts, this.#low - low)
    this.#low = low
    this.#counts = grown
  }

  /** Returns the sum so far, as a cell of its own. */
  toCell(): OpenCell {
    const bins: number[] = []
    const binCounts: number[] = []
    for (let position = 0; position < this.#counts.length; position += 1) {
      const count = this.#counts[position]!
      if (count === 0) continue
      bins.push(this.#low + position)
      binCounts.push(count)
    }
    return {
      count: this.#count,
      sumUs: this.#sumUs,
      minUs: this.#minUs,
      maxUs: this.#maxUs,
      statuses: [...this.#statuses],
      statusCounts: [...this.#statusCounts],
      bins,
      binCounts,
    }
  }
}

/** Returns the sum of `cells`, as a cell of its own. */
export function mergeCells(cells: readonly (Cell | undefined)[]): OpenCell {
  const sum = new CellSum()
  let first = Infinity
  let last = -1
  for (const cell of cells) {
    if (cell === undefined || cell.count === 0) continue
    first = Math.min(first, cell.bins[0]!)
    last = Math.max(last, cell.bins.at(-1)!)
  }
  if (last >= 0) sum.cover(first, last)
  for (const cell of cells) if (cell !== undefined) sum.add(cell)
  return sum.toCell()
}
