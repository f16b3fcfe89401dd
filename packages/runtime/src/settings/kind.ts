import { isIP } from 'node:net'

import { z } from 'zod'

import { pauseOf } from '../pause.ts'

/** How the text of a setting becomes its value. */
export interface Kind<Value> {
  readonly schema: z.ZodType<Value, string>
  /** What may be written; completes the sentence "Allowed is …". */
  readonly allowed: string
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): Kind<number> {
  return {
    schema: z
      .string()
      .regex(/^-?\d{1,15}$/u)
      .transform(Number)
      .pipe(z.int().min(min).max(max)),
    allowed: `a whole number from ${min} to ${max}`,
  }
}

/** A number from `min` to `max`, with a point before its decimals. */
export function decimal(min: number, max: number): Kind<number> {
  return {
    schema: z
      .string()
      .regex(/^-?\d{1,12}(\.\d{1,9})?$/u)
      .transform(Number)
      .pipe(z.number().min(min).max(max)),
    allowed: `a number from ${min} to ${max}`,
  }
}

/** Yes or no. */
export const flag: Kind<boolean> = {
  schema: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no', 'on', 'off']))
    .transform((word) => ['true', '1', 'yes', 'on'].includes(word)),
  allowed: '`true` or `false` (also `1`/`0`, `yes`/`no`, `on`/`off`)',
}

/** One of some words. */
export function oneOf<const Word extends string>(words: readonly Word[]): Kind<Word> {
  return {
    schema: z.enum(words),
    allowed: words.map((word) => `\`${word}\``).join(', '),
  }
}

/** Some of some words, separated by commas; the word `none` is none of them. */
export function someOf<const Word extends string>(words: readonly Word[]): Kind<readonly Word[]> {
  return {
    schema: z
      .string()
      .transform((given) => (given === 'none' ? [] : separated(given)))
      .pipe(z.array(z.enum(words))),
    allowed: `\`none\`, or some of ${oneOf(words).allowed}, separated by commas`,
  }
}

/** One of some words for each of several things, separated by commas. */
export function eachOf<const Word extends string>(words: readonly Word[]): Kind<readonly Word[]> {
  return {
    schema: z
      .string()
      .transform(separated)
      .pipe(z.array(z.enum(words))),
    allowed: `one of ${oneOf(words).allowed} for each; several are separated by commas`,
  }
}

/** A line of text. */
export function text(lengthMin: number, lengthMax: number): Kind<string> {
  return {
    schema: z
      .string()
      .min(lengthMin)
      .max(lengthMax)
      // oxlint-disable-next-line no-control-regex -- control characters are what this is about.
      .regex(/^[^\u0000-\u001f\u007f]*$/u),
    allowed: `a line of ${lengthMin} to ${lengthMax} characters`,
  }
}

/** A URL of one of these schemes (`https:` …). */
export function url(schemes: readonly string[]): Kind<string> {
  return {
    schema: z.string().refine((given) => hasScheme(given, schemes)),
    allowed: urlOf(schemes),
  }
}

/**
 * URLs of one of these schemes, separated by commas, without a name or password: `fetch` takes none, and
 * an address is shown where a password must not be.
 */
export function urls(schemes: readonly string[]): Kind<readonly string[]> {
  return {
    schema: z
      .string()
      .transform(separated)
      .pipe(
        z.array(z.string().refine((given) => hasScheme(given, schemes) && !hasCredentials(given))),
      ),
    allowed: `${urlOf(schemes)} without a name and password; several are separated by commas`,
  }
}

/** A URL with a place for a route in it. */
export const routeLink: Kind<string> = {
  schema: z
    .string()
    .refine((given) => given.includes('{route}'))
    .refine((given) => hasScheme(given.replaceAll('{route}', 'route'), ['https:', 'http:'])),
  allowed: 'an `http:` or `https:` URL that contains `{route}`',
}

/** Texts of one pattern, separated by commas. */
export function list(pattern: RegExp, each: string): Kind<readonly string[]> {
  return {
    schema: z
      .string()
      .transform(separated)
      .pipe(z.array(z.string().regex(pattern))),
    allowed: `${each}; several are separated by commas`,
  }
}

const ADDRESS_WORDS = ['loopback', 'linklocal', 'uniquelocal']

/** IP addresses, networks, and names of well-known networks; `off` is none. */
export const addresses: Kind<readonly string[]> = {
  schema: z
    .string()
    .transform((given) => (given === 'off' ? [] : separated(given)))
    .pipe(z.array(z.string().refine(isAddress))),
  allowed: `\`off\`, or IP addresses, networks (\`10.0.0.0/8\`) and ${ADDRESS_WORDS.map((word) => `\`${word}\``).join(', ')}; several are separated by commas`,
}

/** A cron expression of five fields. */
export const cron: Kind<string> = {
  schema: z
    .string()
    .regex(/^([0-9A-Za-z*,/#?-]+ +){4}[0-9A-Za-z*,/#?-]+$/u)
    .refine(isExpression),
  allowed: 'a cron expression of five fields (minute, hour, day, month, weekday)',
}

/** `host:port` pairs, separated by commas. */
export const hostPorts: Kind<readonly { readonly host: string; readonly port: number }[]> = {
  schema: z
    .string()
    .transform(separated)
    .pipe(z.array(z.string().regex(/^[^\s:,]+:\d{1,5}$/u)).min(1))
    .transform((pairs) =>
      pairs.map((pair) => {
        const [host = '', port = ''] = pair.split(':')
        return { host, port: Number(port) }
      }),
    )
    .pipe(z.array(z.object({ host: z.string(), port: z.int().min(1).max(65_535) }))),
  allowed: '`host:port`; several are separated by commas',
}

/** JSON of a given shape. */
export function json<Value>(shape: z.ZodType<Value>, allowed: string): Kind<Value> {
  return {
    schema: z
      .string()
      .transform((given, context): unknown => {
        try {
          return JSON.parse(given)
        } catch {
          context.addIssue({ code: 'custom', message: 'is not JSON' })
          return z.NEVER
        }
      })
      .pipe(shape as z.ZodType<Value, unknown>),
    allowed,
  }
}

/** The regex alone would let `61 0 * * *` through, at which `pauseOf` throws without the setting's name. */
function isExpression(given: string): boolean {
  try {
    pauseOf(given)
    return true
  } catch {
    return false
  }
}

function separated(given: string): string[] {
  return given
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function isAddress(given: string): boolean {
  if (ADDRESS_WORDS.includes(given)) return true
  const [address = '', bits] = given.split('/')
  const version = isIP(address)
  if (version === 0 || given.split('/').length > 2) return false
  return (
    bits === undefined || (/^\d{1,3}$/u.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  )
}

function hasScheme(given: string, schemes: readonly string[]): boolean {
  return URL.canParse(given) && schemes.includes(new URL(given).protocol)
}

function hasCredentials(given: string): boolean {
  const { username, password } = new URL(given)
  return username !== '' || password !== ''
}

function urlOf(schemes: readonly string[]): string {
  return `a ${schemes.map((scheme) => `\`${scheme}\``).join(' or ')} URL`
}
