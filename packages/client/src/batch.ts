import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

import type { Cell } from './cell.ts'

// 50 cells of 100 bins take 0.7 ms to write (a slow core): the event loop is not held for much longer.
const CELLS_PER_SLICE = 50

const gzipped = promisify(gzip)

/** What all buckets of a batch share, in the gateway's words. */
export interface BatchHeader {
  readonly batch_id: string
  readonly service: string
  readonly environment: string | undefined
  readonly version: string | undefined
  readonly sent_at: number
}

/** A batch as it goes over the wire: written once, so that a retry sends the same bytes. */
export interface WireBatch {
  readonly body: Uint8Array<ArrayBuffer>
  readonly encoding: 'gzip' | undefined
}

/** Cells that left the recorder together, until the gateway has answered for them. */
export class Batch {
  /** Observations of each bucket, at the bucket's index. */
  readonly observations: readonly number[]
  /** Epoch milliseconds: start of the newest bucket. */
  readonly newestStart: number
  #cells: readonly Cell[]
  #wire: WireBatch | undefined

  constructor(cells: readonly Cell[]) {
    this.observations = cells.map((cell) => cell.observations)
    this.newestStart = cells.reduce((newest, cell) => Math.max(newest, cell.start), 0)
    this.#cells = cells
  }

  /** Returns the same bytes at every call: the first one writes them, and lets the cells go. */
  async wire(header: () => BatchHeader, gzipBytesMin: number): Promise<WireBatch> {
    this.#wire ??= await encodeBatch(this.#cells, header(), gzipBytesMin)
    this.#cells = []
    return this.#wire
  }

  get observationsTotal(): number {
    return this.observations.reduce((sum, observations) => sum + observations, 0)
  }

  /** What the batch takes, about. */
  get bytes(): number {
    const ofCells = this.#cells.reduce((sum, cell) => sum + cell.bytes, 0)
    return ofCells + (this.#wire?.body.byteLength ?? 0)
  }
}

/** Writes the cells as JSON, slice by slice, and compresses it from `gzipBytesMin` on. */
async function encodeBatch(
  cells: readonly Cell[],
  header: BatchHeader,
  gzipBytesMin: number,
): Promise<WireBatch> {
  const slices: string[] = []
  for (let at = 0; at < cells.length; at += CELLS_PER_SLICE) {
    slices.push(JSON.stringify(cells.slice(at, at + CELLS_PER_SLICE)).slice(1, -1))
    await setImmediate()
  }
  const json = `${JSON.stringify(header).slice(0, -1)},"buckets":[${slices.join(',')}]}`
  const plain = new TextEncoder().encode(json)
  if (plain.byteLength < gzipBytesMin) return { body: plain, encoding: undefined }
  return { body: new Uint8Array(await gzipped(plain)), encoding: 'gzip' }
}
