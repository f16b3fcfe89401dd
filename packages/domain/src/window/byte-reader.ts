import { fromUtf8 } from './utf8.ts'

/** Why bytes are refused. */
export type ByteFault =
  | 'truncated'
  | 'number_too_large'
  | 'number_not_shortest'
  | 'not_utf8'
  | 'trailing_bytes'

/**
 * Reads varints and text from bytes that nobody vouches for.
 *
 * The first fault is kept, and everything after it reads as 0 or '': a caller that loops as often as
 * `size` says and looks at `fault` at the end does a bounded amount of work, and never throws.
 */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at = 0
  #fault: ByteFault | null = null

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get fault(): ByteFault | null {
    return this.#fault
  }

  /** Returns a whole number, 0 to 2^53 - 1, in its shortest form. */
  varint(): number {
    const first = this.#byte()
    if (first < 128) return first
    return this.#longVarint(first - 128)
  }

  /** Returns a number of things that follow, each at least a byte long: never more than are left. */
  size(): number {
    const size = this.varint()
    return size <= this.#bytes.length - this.#at ? size : this.#fail('truncated')
  }

  text(): string {
    const size = this.size()
    const from = this.#at
    this.#at += size
    const text = fromUtf8(this.#bytes, from, this.#at)
    if (text !== null) return text
    this.#fail('not_utf8')
    return ''
  }

  /** Everything must have been read. */
  end(): void {
    if (this.#at < this.#bytes.length) this.#fail('trailing_bytes')
  }

  #longVarint(low: number): number {
    let value = low
    let scale = 128
    for (;;) {
      const byte = this.#byte()
      value += (byte & 127) * scale
      if (value > Number.MAX_SAFE_INTEGER) return this.#fail('number_too_large')
      if (byte < 128) return byte === 0 ? this.#fail('number_not_shortest') : value
      scale *= 128
    }
  }

  /** Past the end a byte is 0, which ends every number. */
  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) return this.#fail('truncated')
    this.#at += 1
    return byte
  }

  #fail(fault: ByteFault): 0 {
    this.#fault ??= fault
    this.#at = this.#bytes.length
    return 0
  }
}
