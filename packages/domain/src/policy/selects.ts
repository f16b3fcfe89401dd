import {
  type EnvironmentName,
  type EpochMs,
  type Hours,
  type Labels,
  MINUTE_MS,
  type RouteName,
  type RouteSelector,
  type Selector,
  type ServiceName,
  type Weekday,
} from '@portcullis/contracts'

import { matchesAny } from './pattern.ts'

/** What is to be released, and where. */
export interface Release {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly labels: Labels
}

/** Whether a selector selects a release at an instant: all that it names must match. */
export function selects(selector: Selector, release: Release, asOf: EpochMs): boolean {
  const { services, environments, labels = {}, hours } = selector
  return (
    matchesAny(services, release.service) &&
    matchesAny(environments, release.environment) &&
    Object.entries(labels).every(([key, value]) => release.labels[key] === value) &&
    (hours === undefined || hours.some((span) => isWithin(span, asOf)))
  )
}

/** Whether a rule looks at a route. */
export function selectsRoute(selector: RouteSelector | undefined, route: RouteName): boolean {
  if (selector === undefined) return true
  const { include, exclude } = selector
  return matchesAny(include, route) && (exclude === undefined || !matchesAny(exclude, route))
}

const WEEKDAY_OF: Readonly<Record<string, Weekday>> = {
  Mon: 'mon',
  Tue: 'tue',
  Wed: 'wed',
  Thu: 'thu',
  Fri: 'fri',
  Sat: 'sat',
  Sun: 'sun',
}

/** Formatters are dear to make, and there are as many as time zones. */
const formats = new Map<string, Intl.DateTimeFormat>()

interface WallClock {
  readonly weekday: Weekday
  readonly minute: number
}

/** Returns what a clock on the wall of a time zone shows: the day, and the minutes since it began. */
function wallClockAt(at: EpochMs, timeZone: string): WallClock {
  let format = formats.get(timeZone)
  if (format === undefined) {
    const options = {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    } as const
    format = new Intl.DateTimeFormat('en-US', options)
    formats.set(timeZone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return {
    weekday: WEEKDAY_OF[parts['weekday'] ?? '']!,
    minute: Number(parts['hour']) * 60 + Number(parts['minute']),
  }
}

/** A span over midnight belongs to the day on which it begins. */
function isWithin({ days, from, to, timeZone }: Hours, at: EpochMs): boolean {
  const [begin, end] = [minuteOf(from), minuteOf(to)]
  const { weekday, minute } = wallClockAt(at, timeZone)
  const isOn = (day: Weekday): boolean => days === undefined || days.includes(day)
  if (begin < end) return isOn(weekday) && minute >= begin && minute < end
  if (minute >= begin) return isOn(weekday)
  const dayBefore = wallClockAt((at - (minute + 1) * MINUTE_MS) as EpochMs, timeZone).weekday
  return minute < end && isOn(dayBefore)
}

function minuteOf(timeOfDay: string): number {
  const [hours, minutes] = timeOfDay.split(':')
  return Number(hours) * 60 + Number(minutes)
}
