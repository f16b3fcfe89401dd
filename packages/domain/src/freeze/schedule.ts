import {
  DAY_MS,
  earliest,
  type EpochMs,
  type Freeze,
  HOUR_MS,
  instantOf,
  LAST_INSTANT,
  latest,
  plusMs,
} from '@portcullis/contracts'

import { type Recurrence, recurrenceOf } from './recurrence.ts'

/** A time that is frozen, from its first instant to the first after it. */
export interface FrozenSpan {
  readonly from: EpochMs
  readonly until: EpochMs
}

/** When a document freezes. Nothing of it throws. */
export interface FreezeSchedule {
  /** A person has to look at it: until then it freezes always, for nobody knows what was meant. */
  readonly isUnreadable: boolean
  /** Returns the span that holds an instant, with those that follow it without a gap; null where none does. */
  at(asOf: EpochMs): FrozenSpan | null
  /** Returns the next beginning after one instant and not after another; null where there is none. */
  nextAfter(asOf: EpochMs, notAfter: EpochMs): FrozenSpan | null
}

const UNREADABLE: FreezeSchedule = {
  isUnreadable: true,
  at: (asOf) => ({ from: asOf, until: LAST_INSTANT as EpochMs }),
  nextAfter: () => null,
}

/** Documents are asked about for every verdict, and change seldom. */
const schedules = new WeakMap<Freeze, FreezeSchedule>()

/** Returns when a document freezes; what was looked at for a day costs next to nothing again. */
export function scheduleOf(freeze: Freeze): FreezeSchedule {
  let schedule = schedules.get(freeze)
  if (schedule === undefined) {
    schedule = readSchedule(freeze)
    schedules.set(freeze, schedule)
  }
  return schedule
}

function readSchedule({ spec: { schedule } }: Freeze): FreezeSchedule {
  if ('from' in schedule) return onceFrom(instantOf(schedule.from), instantOf(schedule.to))
  try {
    return againAndAgain(recurrenceOf(schedule), schedule.duration)
  } catch {
    // Lint refuses it, with the reason; here it is enough that it cannot be read.
    return UNREADABLE
  }
}

function onceFrom(from: EpochMs, until: EpochMs): FreezeSchedule {
  const span = { from, until }
  return {
    isUnreadable: false,
    at: (asOf) => (from <= asOf && asOf < until ? span : null),
    nextAfter: (asOf, notAfter) => (from > asOf && from <= notAfter && from < until ? span : null),
  }
}

/** Whoever asks when it could open looks at days up to a month ahead, again and again. */
const DAYS_REMEMBERED_MAX = 64

function againAndAgain(recurrence: Recurrence, durationMs: number): FreezeSchedule {
  const days = new Map<number, readonly FrozenSpan[]>()
  return {
    isUnreadable: false,
    at: (asOf) => {
      const day = Math.floor(asOf / DAY_MS)
      let spans = days.get(day)
      if (spans === undefined) {
        if (days.size >= DAYS_REMEMBERED_MAX) days.clear()
        days.set(day, (spans = spansOfDay(recurrence, durationMs, day)))
      }
      return spans.find(({ from, until }) => from <= asOf && asOf < until) ?? null
    },
    nextAfter: (asOf, notAfter) => {
      const from = nextBeginning(recurrence, asOf, notAfter)
      return from === null ? null : spanFrom(recurrence, durationMs, from)
    },
  }
}

/** Returns the spans that reach into a day of UTC, those that touch each other as one. */
function spansOfDay(recurrence: Recurrence, durationMs: number, day: number): FrozenSpan[] {
  const begin = (day * DAY_MS) as EpochMs
  try {
    const beginnings = recurrence.between(plusMs(begin, -durationMs), plusMs(begin, DAY_MS))
    const spans: FrozenSpan[] = []
    for (const from of beginnings) {
      const before = spans.at(-1)
      if (before !== undefined && from <= before.until) {
        spans[spans.length - 1] = { from: before.from, until: plusMs(from, durationMs) }
      } else spans.push({ from, until: plusMs(from, durationMs) })
    }
    const last = spans.pop()
    const all = last === undefined ? [] : [...spans, followed(recurrence, durationMs, last)]
    return all.map((span, nth) => (nth === 0 ? preceded(recurrence, durationMs, span) : span))
  } catch {
    // More would have to be looked at than may be: nobody can tell that it is open.
    return [{ from: plusMs(begin, -DAY_MS), until: LAST_INSTANT as EpochMs }]
  }
}

/** Spans that are followed at most, either way; what goes on after them is told when it comes nearer. */
const FOLLOWED_MAX = 100

/** Returns a span with those that begin before it ends. */
function followed(recurrence: Recurrence, durationMs: number, span: FrozenSpan): FrozenSpan {
  let until = span.until
  for (let followers = 0; followers < FOLLOWED_MAX; followers += 1) {
    const next = recurrence.between(plusMs(until, 1 - durationMs), until).at(-1)
    if (next === undefined) break
    until = latest(until, plusMs(next, durationMs))
  }
  return { from: span.from, until }
}

/** Returns a span with those that end after it begins. */
function preceded(recurrence: Recurrence, durationMs: number, span: FrozenSpan): FrozenSpan {
  let { from } = span
  for (let before = 0; before < FOLLOWED_MAX; before += 1) {
    const earlier = recurrence.between(plusMs(from, -durationMs), plusMs(from, -1))[0]
    if (earlier === undefined) break
    from = earlier
  }
  return { from, until: span.until }
}

function spanFrom(recurrence: Recurrence, durationMs: number, from: EpochMs): FrozenSpan {
  const span = { from, until: plusMs(from, durationMs) }
  try {
    return followed(recurrence, durationMs, span)
  } catch {
    // Too many to follow: the first of them is told.
    return span
  }
}

/** Wider and wider, so that a rule that begins every minute is not listed for a month. */
const LOOKS_MS = [HOUR_MS, DAY_MS, 7 * DAY_MS, Infinity]

function nextBeginning(recurrence: Recurrence, asOf: EpochMs, notAfter: EpochMs): EpochMs | null {
  try {
    for (const lookMs of LOOKS_MS) {
      const until = earliest(plusMs(asOf, lookMs), notAfter)
      const next = recurrence.between(plusMs(asOf, 1), until)[0]
      if (next !== undefined) return next
      if (until === notAfter) return null
    }
    return null
  } catch {
    // More would have to be looked at than may be: lint refuses such a rule.
    return null
  }
}
