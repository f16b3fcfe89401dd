import { z } from 'zod'

import { Labels, patternOf } from './names.ts'

const Patterns = (lengthMax: number) => z.array(patternOf(lengthMax)).min(1).max(100)

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]

/** A time of day; `24:00` is the end of the day. */
const TimeOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/u, 'must be a time of day, like 09:30')

/** An IANA time zone; which ones there are depends on the process that reads it. */
export const TimeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9_+/-]*$/u, 'must be an IANA time zone, like Europe/Berlin')

/** Hours of a week. A span that ends before it begins goes on into the next day. */
export const Hours = z.strictObject({
  days: z.array(z.enum(WEEKDAYS)).min(1).max(7).optional(),
  from: TimeOfDay.default('00:00'),
  to: TimeOfDay.default('24:00'),
  timeZone: TimeZone,
})
export type Hours = z.infer<typeof Hours>

/**
 * What a policy, or a freeze, is about. Everything that is given must match, of each list one member; what is left
 * out matches all.
 */
export const Selector = z.strictObject({
  services: Patterns(128).optional(),
  environments: Patterns(64).optional(),
  /** Of the release. */
  labels: Labels.optional(),
  hours: z.array(Hours).min(1).max(20).optional(),
})
export type Selector = z.infer<typeof Selector>

/** Which routes of a service a rule looks at. `exclude` wins. */
export const RouteSelector = z.strictObject({
  include: Patterns(512).optional(),
  exclude: Patterns(512).optional(),
})
export type RouteSelector = z.infer<typeof RouteSelector>
