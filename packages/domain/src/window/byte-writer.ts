const CAPACITY_FIRST = 4_096

/** Most bytes that `varint` writes: 2^53 - 1 takes eight groups of seven bits. */
const VARINT_BYTES_MAX = 8

/** Appends varints and text to a growing array of bytes. */
export class ByteWriter {
  #bytes = new Uint8Array(CAPACITY_FIRST)
  #length = 0

  /** Returns what was written, as an array of its own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** Makes sure that `size` more bytes fit; called before a run of writes, not for each. */
  reserve(size: number): void {
    const needed = this.#length + size
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes)
    this.#bytes = grown
  }

  /** Room for `n` varints. */
  reserveVarints(n: number): void {
    this.reserve(n * VARINT_BYTES_MAX)
  }

  /** Writes a whole number, 0 to 2^53 - 1, low groups of seven bits first; room must be reserved. */
  varint(value: number): void {
    let rest = value
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  /** Writes the number of bytes, then the bytes in UTF-8; `text` must be well-formed. */
  text(text: string): void {
    this.reserve(text.length * 3 + VARINT_BYTES_MAX)
    const size = utf8Size(text)
    this.varint(size)
    if (size === text.length) this.#ascii(text)
    else for (const symbol of text) this.#codePoint(symbol.codePointAt(0)!)
  }

  #ascii(text: string): void {
    for (let index = 0; index < text.length; index += 1) {
      this.#bytes[this.#length++] = text.charCodeAt(index)
    }
  }

  #codePoint(point: number): void {
    if (point < 0x80) {
      this.#bytes[this.#length++] = point
      return
    }
    const tail = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3
    this.#bytes[this.#length++] = LEADS[tail]! | (point >> (6 * tail))
    for (let left = tail - 1; left >= 0; left -= 1) {
      this.#bytes[this.#length++] = 0x80 | ((point >> (6 * left)) & 0x3f)
    }
  }
}

/** First byte of a UTF-8 sequence, by the number of bytes that follow (RFC 3629, section 3). */
const LEADS = [0x00, 0xc0, 0xe0, 0xf0] as const

/** A lone surrogate counts three, as the character that replaces it would: the border refuses it. */
function utf8Size(text: string): number {
  let size = text.length
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    const isHalfOfPair = unit >= 0xd800 && unit <= 0xdfff
    size += unit < 0x800 || isHalfOfPair ? 1 : 2
  }
  return size
}
