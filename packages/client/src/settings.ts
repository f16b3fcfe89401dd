import type { Drop } from './losses.ts'

export interface ClientOptions {
  /** Where the gateway is, for example `https://portcullis.internal`. */
  readonly url: string
  /** An API key with the scope `metrics:write`. */
  readonly token: string
  readonly service: string
  /** Where this instance serves; without it the gateway takes `production`. */
  readonly environment?: string | undefined
  /** The release that this instance runs. */
  readonly version?: string | undefined
  /** How often what was recorded is sent. Default: 1,000. */
  readonly flushIntervalMs?: number | undefined
  /** After this long without an answer a request is given up, and sent again. Default: 10,000. */
  readonly requestTimeoutMs?: number | undefined
  /** How long `flush`, `close` and the end of the process wait at most. Default: 3,000. */
  readonly closeTimeoutMs?: number | undefined
  /** The first wait before a batch is sent again is up to this long. Default: 500. */
  readonly retryBaseMs?: number | undefined
  /** Later waits grow up to this. Default: 30,000. */
  readonly retryMsMax?: number | undefined
  /** Routes beyond are counted together, as `OTHER`. Default: 1,000. */
  readonly routesMax?: number | undefined
  /** Routes that are not counted, for example `GET /events`. Default: none. */
  readonly ignoreRoutes?: readonly string[] | undefined
  /** What may wait for the gateway, on the heap; the oldest is dropped first. Default: 16 MiB. */
  readonly bufferBytesMax?: number | undefined
  /** What waited for longer is dropped. Default: 15 minutes. */
  readonly bufferAgeMsMax?: number | undefined
  /** Bodies from this size on are compressed. Default: 1,024. */
  readonly gzipBytesMin?: number | undefined
  /** Told of observations that were dropped, never in the path of a request. */
  readonly onDrop?: ((drop: Drop) => void) | undefined
}

/** What a `ClientOptions` means, checked and complete. */
export interface Settings {
  readonly endpoint: string
  readonly token: string
  readonly service: string
  readonly environment: string | undefined
  readonly version: string | undefined
  readonly flushIntervalMs: number
  readonly requestTimeoutMs: number
  readonly closeTimeoutMs: number
  readonly retryBaseMs: number
  readonly retryMsMax: number
  readonly routesMax: number
  readonly ignoreRoutes: readonly string[]
  readonly bufferBytesMax: number
  readonly bufferAgeMsMax: number
  readonly gzipBytesMin: number
  readonly onDrop: ((drop: Drop) => void) | undefined
}

/** Returns the settings; throws a TypeError that names the option, what was given and what may be. */
export function settingsOf(options: ClientOptions): Settings {
  return Object.freeze({
    endpoint: endpointOf(options.url),
    token: tokenOf(options.token),
    service: textOf('service', options.service, 128),
    environment: optional(options.environment, (text) => textOf('environment', text, 64)),
    version: optional(options.version, (text) => textOf('version', text, 128)),
    flushIntervalMs: wholeOf('flushIntervalMs', options.flushIntervalMs ?? 1_000, [10, 300_000]),
    requestTimeoutMs: wholeOf('requestTimeoutMs', options.requestTimeoutMs ?? 10_000, [1, 300_000]),
    closeTimeoutMs: wholeOf('closeTimeoutMs', options.closeTimeoutMs ?? 3_000, [0, 300_000]),
    retryBaseMs: wholeOf('retryBaseMs', options.retryBaseMs ?? 500, [1, 60_000]),
    retryMsMax: wholeOf('retryMsMax', options.retryMsMax ?? 30_000, [1, 600_000]),
    routesMax: wholeOf('routesMax', options.routesMax ?? 1_000, [1, 20_000]),
    ignoreRoutes: Object.freeze([...(options.ignoreRoutes ?? [])]),
    bufferBytesMax: wholeOf('bufferBytesMax', options.bufferBytesMax ?? 16 * MIB, [0, 1_024 * MIB]),
    bufferAgeMsMax: wholeOf('bufferAgeMsMax', options.bufferAgeMsMax ?? 15 * MINUTE_MS, [
      0,
      DAY_MS,
    ]),
    gzipBytesMin: wholeOf('gzipBytesMin', options.gzipBytesMin ?? 1_024, [0, 1_024 * MIB]),
    onDrop: onDropOf(options.onDrop),
  })
}

const MIB = 1_024 * 1_024
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

function optional<T, U>(value: T | undefined, check: (value: T) => U): U | undefined {
  return value === undefined ? undefined : check(value)
}

function endpointOf(url: string): string {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^https?:$/u.test(parsed.protocol)) {
    throw wrong('url', url, 'an http or https URL, for example https://portcullis.internal')
  }
  // A name and password would stand in the token's place; a query would be lost in silence.
  if (parsed.username !== '' || parsed.search !== '' || parsed.hash !== '') {
    throw wrong('url', parsed.origin, 'a URL without a user name, a query or a fragment')
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/u, '')}/v1/request-metrics`
}

// What was read is not in the message: a secret must not land in a log.
function tokenOf(token: string): string {
  if (typeof token === 'string' && /^[\x21-\x7e]{1,4096}$/u.test(token)) return token
  throw new TypeError('portcullis: token must be printable ASCII without spaces, 1 to 4,096 long')
}

function textOf(name: string, text: string, lengthMax: number): string {
  const isLine = typeof text === 'string' && !/\p{Cc}|\p{Surrogate}/u.test(text)
  if (isLine && text.length >= 1 && text.length <= lengthMax) return text
  throw wrong(name, text, `a line of 1 to ${lengthMax} characters`)
}

function wholeOf(name: string, value: number, [min, max]: [number, number]): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw wrong(name, value, `a whole number from ${min} to ${max}`)
}

function onDropOf(onDrop: ClientOptions['onDrop']): Settings['onDrop'] {
  if (onDrop === undefined || typeof onDrop === 'function') return onDrop
  throw wrong('onDrop', onDrop, 'a function')
}

function wrong(name: string, value: unknown, allowed: string): TypeError {
  return new TypeError(`portcullis: ${name} is ${JSON.stringify(value)}; it must be ${allowed}`)
}
