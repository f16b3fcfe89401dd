// The core has no TextDecoder: it is not part of the language. For the short ASCII names of which
// traffic is made, the loop below is also faster than the platform's own.

/** Returns the text of `bytes` from `from` to `to`, or null where they are no well-formed UTF-8. */
export function fromUtf8(bytes: Uint8Array, from: number, to: number): string | null {
  let text = ''
  let at = from
  while (at < to) {
    if (at + ASCII_RUN <= to && isAsciiRun(bytes, at)) {
      text += asciiRun(bytes, at)
      at += ASCII_RUN
      continue
    }
    const size = sizeOf(bytes[at]!)
    const symbol = symbolAt(bytes, at, Math.min(at + size, to))
    if (symbol === null) return null
    text += symbol
    at += size
  }
  return text
}

// A text that grows by eight characters a time is made, and hashed, in half of the time.
const ASCII_RUN = 8

function isAsciiRun(bytes: Uint8Array, at: number): boolean {
  let bits = 0
  for (let index = at; index < at + ASCII_RUN; index += 1) bits |= bytes[index]!
  return bits < 0x80
}

function asciiRun(b: Uint8Array, at: number): string {
  const [c0, c1, c2, c3] = [b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!]
  const [c4, c5, c6, c7] = [b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!]
  return String.fromCharCode(c0, c1, c2, c3, c4, c5, c6, c7)
}

/** Returns the symbol between `at` and `end`; its smallest code point bars longer spellings. */
function symbolAt(bytes: Uint8Array, at: number, end: number): string | null {
  const lead = bytes[at]!
  const size = sizeOf(lead)
  if (size === 1) return String.fromCharCode(lead)
  if (size === 0 || at + size > end) return null
  let point = lead & (0x7f >> size)
  for (let index = at + 1; index < end; index += 1) {
    const byte = bytes[index]!
    if ((byte & 0xc0) !== 0x80) return null
    point = (point << 6) | (byte & 0x3f)
  }
  const isSurrogate = point >= 0xd800 && point <= 0xdfff
  if (point < SMALLEST[size]! || point > 0x10ffff || isSurrogate) return null
  return String.fromCodePoint(point)
}

/** The length of the sequence that a byte begins (RFC 3629, section 3); 0 where it begins none. */
function sizeOf(lead: number): 0 | 1 | 2 | 3 | 4 {
  if (lead < 0x80) return 1
  if (lead < 0xc0 || lead >= 0xf8) return 0
  if (lead < 0xe0) return 2
  return lead < 0xf0 ? 3 : 4
}

const SMALLEST = [0, 0, 0x80, 0x800, 0x10000] as const
