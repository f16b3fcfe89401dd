import { type EpochMs, type Freeze, instantOf } from '@portcullis/contracts'

import { isTimeZone, type LintFinding, NO_TIME_ZONE } from '../policy/lint.ts'
import { type Recurrence, recurrenceOf, type RecurringSchedule } from './recurrence.ts'
import { readRule } from './rule-parts.ts'

/** Days in which a rule that ever begins has begun: the 29th of February comes after four years at most, or eight. */
const PERIODS_LOOKED_AT = 3_000
/** Beginnings without a gap from which a rule is taken for one that never ends: ten hours of one a minute. */
const BEGINNINGS_MAX = 600

/**
 * Returns what could never work in a freeze: a span that ends before it begins, a rule that cannot be read, never
 * begins, or never ends.
 */
export function lintFreeze({ spec: { schedule } }: Freeze): LintFinding[] {
  if ('from' in schedule) {
    if (instantOf(schedule.to) > instantOf(schedule.from)) return []
    return [{ path: ['spec', 'schedule', 'to'], message: 'must be after from' }]
  }
  return lintRecurring(schedule).map(({ path, message }) => ({
    path: ['spec', 'schedule', ...path],
    message,
  }))
}

function lintRecurring(schedule: RecurringSchedule): LintFinding[] {
  const zone = isTimeZone(schedule.timeZone) ? [] : [{ path: ['timeZone'], message: NO_TIME_ZONE }]
  const reading = readRule(schedule.rrule)
  const fault =
    'fault' in reading ? reading.fault : lintParts(reading.parts, schedule.start !== undefined)
  if (fault !== null) return [{ path: ['rrule'], message: fault }, ...zone]
  return zone.length > 0 ? zone : lintTimes(schedule)
}

/** What a rule leaves to its start, by how often it comes: one of these is to be named where there is none. */
const LEFT_TO_START: Readonly<Record<string, readonly string[]>> = {
  YEARLY: ['BYMONTHDAY', 'BYYEARDAY', 'BYWEEKNO', 'BYMONTH', 'BYDAY'],
  MONTHLY: ['BYMONTHDAY', 'BYDAY'],
  WEEKLY: ['BYDAY'],
}

/** Returns what is wrong with parts that can be read. */
function lintParts(parts: ReadonlyMap<string, string>, hasStart: boolean): string | null {
  const frequency = parts.get('FREQ')!
  if (frequency === 'SECONDLY' || parts.get('BYSECOND')?.includes(',') === true) {
    return 'is finer than a minute'
  }
  if (hasStart) return null
  if (parts.has('COUNT')) return 'has a COUNT, which needs a start to count from'
  if (Number(parts.get('INTERVAL') ?? 1) > 1) {
    return 'has an INTERVAL, which needs a start to count from'
  }
  const oneOf = LEFT_TO_START[frequency] ?? []
  if (oneOf.length === 0 || oneOf.some((name) => parts.has(name))) return null
  return `does not say on which day: it needs ${oneOf.join(' or ')}, or a start`
}

function lintTimes(schedule: RecurringSchedule): LintFinding[] {
  try {
    // Without changes of the clock: they would open a freeze that never ends for an hour a year.
    const recurrence = recurrenceOf(
      { ...schedule, timeZone: 'UTC' },
      { periodsMax: PERIODS_LOOKED_AT },
    )
    return lintBeginnings(recurrence, schedule.duration)
  } catch (error) {
    return [{ path: ['rrule'], message: `cannot be used: ${(error as Error).message}` }]
  }
}

function lintBeginnings(recurrence: Recurrence, durationMs: number): LintFinding[] {
  const { beginnings, isOpenOnce } = lookAt(recurrence, durationMs)
  if (beginnings === 0) {
    return [{ path: ['rrule'], message: 'never begins, or not for many years' }]
  }
  if (isOpenOnce) return []
  const message = `lasts until the next beginning ${BEGINNINGS_MAX} times in a row: it would hardly ever end`
  return [{ path: ['duration'], message }]
}

/** Looks at beginnings until one comes after the one before has ended, or there are no more. */
function lookAt(recurrence: Recurrence, durationMs: number) {
  let beginnings = 0
  let isOpenOnce = false
  let last: EpochMs | null = null
  try {
    recurrence.walk((at) => {
      isOpenOnce = last !== null && at > last + durationMs
      last = at
      beginnings += 1
      return !isOpenOnce && beginnings < BEGINNINGS_MAX
    })
  } catch {
    // It was looked at as long as may be: what was seen counts, and what came after it was a long gap.
    return { beginnings, isOpenOnce: true }
  }
  return { beginnings, isOpenOnce: isOpenOnce || beginnings < BEGINNINGS_MAX }
}
