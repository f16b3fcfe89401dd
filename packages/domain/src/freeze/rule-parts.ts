interface NumbersPart {
  readonly min: number
  readonly max: number
  readonly fromEnd?: true
}

/** The numbers that a part of a rule may list (RFC 5545, section 3.3.10); with `fromEnd` their negatives too. */
const NUMBERS: Readonly<Record<string, NumbersPart>> = {
  BYSECOND: { min: 0, max: 59 },
  BYMINUTE: { min: 0, max: 59 },
  BYHOUR: { min: 0, max: 23 },
  BYMONTH: { min: 1, max: 12 },
  BYMONTHDAY: { min: 1, max: 31, fromEnd: true },
  BYYEARDAY: { min: 1, max: 366, fromEnd: true },
  BYWEEKNO: { min: 1, max: 53, fromEnd: true },
  BYSETPOS: { min: 1, max: 366, fromEnd: true },
}

/** The other parts, by what they may say. */
const FORMS: Readonly<Record<string, { readonly pattern: RegExp; readonly said: string }>> = {
  FREQ: {
    pattern: /^(YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY|MINUTELY|SECONDLY)$/u,
    said: 'YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY or MINUTELY',
  },
  /** Further apart than any calendar goes, in whatever unit. */
  INTERVAL: { pattern: /^([1-9]\d{0,3}|10000)$/u, said: 'a whole number from 1 to 10000' },
  /** They are worked out all at once. */
  COUNT: { pattern: /^([1-9]\d{0,2}|1000)$/u, said: 'a whole number from 1 to 1000' },
  UNTIL: { pattern: /^\d{8}T\d{6}Z$/u, said: 'an instant in UTC, like 20270101T000000Z' },
  WKST: { pattern: /^(MO|TU|WE|TH|FR|SA|SU)$/u, said: 'a day, like MO' },
  BYDAY: {
    pattern: /^([+-]?[1-9]\d?)?(MO|TU|WE|TH|FR|SA|SU)(,([+-]?[1-9]\d?)?(MO|TU|WE|TH|FR|SA|SU))*$/u,
    said: 'days, like MO,FR or -1FR',
  },
}

/** The parts of a rule by their names, or what is wrong with it. */
export type RuleReading =
  | { readonly parts: ReadonlyMap<string, string> }
  | { readonly fault: string }

/**
 * Reads the parts of an RRULE, and refuses what is none: a part that nobody knows must not be passed over, for a rule
 * without it freezes at other times.
 */
export function readRule(rrule: string): RuleReading {
  const parts = new Map<string, string>()
  for (const text of rrule.split(';')) {
    const [name, value = ''] = splitOnce(text)
    if (parts.has(name)) return { fault: `has ${name} twice` }
    const fault = faultOfPart(name, value)
    if (fault !== null) return { fault }
    parts.set(name, value)
  }
  if (!parts.has('FREQ')) return { fault: 'must have FREQ, like FREQ=WEEKLY (RFC 5545)' }
  return { parts }
}

function splitOnce(text: string): readonly [string, string?] {
  const at = text.indexOf('=')
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function faultOfPart(name: string, value: string): string | null {
  const numbers = NUMBERS[name]
  if (numbers !== undefined) return faultOfNumbers(name, value, numbers)
  const form = FORMS[name]
  if (form === undefined) return `has "${name}", which is no part of an RRULE (RFC 5545)`
  if (form.pattern.test(value)) return null
  const article = /^[IU]/u.test(name) ? 'an' : 'a'
  return `has ${article} ${name} that is not ${form.said}`
}

function faultOfNumbers(
  name: string,
  value: string,
  { min, max, fromEnd }: NumbersPart,
): string | null {
  const isListed = (text: string): boolean => {
    if (!/^[+-]?\d{1,3}$/u.test(text)) return false
    const number = Number(text)
    const size = fromEnd === true ? Math.abs(number) : number
    return size >= min && size <= max
  }
  if (value.split(',').every(isListed)) return null
  const counted = fromEnd === true ? ', or negative from the end' : ''
  return `has a ${name} that does not list numbers from ${min} to ${max}${counted}`
}
