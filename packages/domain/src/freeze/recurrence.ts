import type { EpochMs, Freeze } from '@portcullis/contracts'
import { RRuleTemporal } from 'rrule-temporal'

import { readRule } from './rule-parts.ts'

/** A span that comes again. */
export type RecurringSchedule = Extract<Freeze['spec']['schedule'], { rrule: string }>

/**
 * From when on a rule counts that names no start: a New Year, so that what a rule leaves open is the first of it, at
 * midnight. Lint asks for a start where that would be a guess.
 */
const START = '1970-01-01T00:00'

/** Periods that are looked at for one answer, and moments within them: whoever asks for more waits for seconds. */
const PERIODS_MAX = 5_000
const MOMENTS_MAX = 5_000

/** When something begins, again and again. All of it throws where more than the limits would have to be looked at. */
export interface Recurrence {
  /** Returns the beginnings from one instant to another, both included, in order. */
  between(from: EpochMs, to: EpochMs): readonly EpochMs[]
  /** Shows the beginnings in order, from the first on, as long as `visit` returns true. */
  walk(visit: (at: EpochMs) => boolean): void
}

/**
 * Returns when a schedule begins. Local times that a clock skips are left out, and of those that it shows twice the
 * first counts (RFC 5545, section 3.3.10). Throws an Error with the reason for what cannot be read.
 */
export function recurrenceOf(
  { rrule, start = START, exceptDates = [], timeZone }: RecurringSchedule,
  { periodsMax = PERIODS_MAX }: { readonly periodsMax?: number } = {},
): Recurrence {
  const reading = readRule(rrule)
  if ('fault' in reading) throw new Error(reading.fault)
  const rule = new RRuleTemporal({
    rruleString: `DTSTART;TZID=${timeZone}:${compact(start)}\nRRULE:${rrule}`,
    strict: true,
    maxIterations: periodsMax,
    maxCandidateEvaluations: MOMENTS_MAX,
  })
  const except = new Set(exceptDates)
  const kept = (found: ReturnType<typeof rule.all>): EpochMs[] =>
    found
      .filter((one) => !except.has(one.toPlainDate().toString()))
      .map((one) => one.epochMilliseconds as EpochMs)
  // What is counted has to be followed from its start: once is enough.
  if (reading.parts.has('COUNT')) return listed(kept(rule.all()))
  return {
    between: (from, to) => kept(rule.between(new Date(from), new Date(to), true)),
    walk: (visit) => {
      rule.all((one) => kept([one]).every(visit))
    },
  }
}

function listed(all: readonly EpochMs[]): Recurrence {
  return {
    between: (from, to) => all.filter((at) => at >= from && at <= to),
    walk: (visit) => {
      all.every(visit)
    },
  }
}

/** `2026-01-05T16:00` as RFC 5545 writes it: `20260105T160000`. */
function compact(wallTime: string): string {
  const [date = '', time = ''] = wallTime.replaceAll(/[-:]|\.\d+$/gu, '').split('T')
  return `${date}T${time.padEnd(6, '0')}`
}
