/** A column of bytes on its way into the database: one long value, of which each row is given a part. */
export class PackedColumn {
  #parts: Uint8Array[] = []
  #places: number[] = []
  #size = 0

  add(bytes: Uint8Array): void {
    // SQL counts from 1.
    this.#places.push(this.#size + 1)
    this.#parts.push(bytes)
    this.#size += bytes.length
  }

  /** Returns all that was added, and begins anew. An array of bytes would travel as text, twice as long. */
  take(): { readonly bytes: Buffer; readonly places: number[]; readonly sizes: number[] } {
    const bytes = Buffer.concat(this.#parts)
    const taken = { bytes, places: this.#places, sizes: this.#parts.map(({ length }) => length) }
    this.#parts = []
    this.#places = []
    this.#size = 0
    return taken
  }
}
