import {
  DEFAULT_ENVIRONMENT,
  EnvironmentName,
  MINUTE_MS,
  RouteName,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'
import { withoutQuery } from '@portcullis/domain'
import { z } from 'zod'

import { placeIn } from '../../paging/cursor.ts'
import { At, InstantParameter } from '../past/parameters.ts'

/** What all questions about traffic take. */
export const TrafficQuery = z.strictObject({
  service: ServiceName.optional().describe('All of them when left out, page by page'),
  environment: EnvironmentName.default(DEFAULT_ENVIRONMENT),
  route: RouteName.transform((route) => withoutQuery(route) as RouteName)
    .optional()
    .describe('`METHOD /path-template`'),
  cursor: z.string().max(1_024).optional().describe('`next_cursor` of the page before'),
})
export type TrafficQuery = z.infer<typeof TrafficQuery>

const version = VersionName.optional().describe(
  'One version alone; the empty text is the traffic that names none',
)

const LIMIT_DEFAULT = 500
const LIMIT_MAX = 2_000

/** The query of what is answered from live traffic. */
export const LiveQuery = TrafficQuery.extend({
  version,
  limit: z
    .string()
    .regex(/^\d{1,4}$/u, `must be a whole number from 1 to ${LIMIT_MAX}`)
    .transform(Number)
    .pipe(z.int().min(1).max(LIMIT_MAX))
    .default(LIMIT_DEFAULT)
    .describe(`Routes of a page, 1 to ${LIMIT_MAX}`),
  at: At,
})
export type LiveQuery = z.infer<typeof LiveQuery>

/** Steps by name, in minutes: those that divide an hour. */
const STEPS = {
  '1m': 1,
  '2m': 2,
  '3m': 3,
  '4m': 4,
  '5m': 5,
  '6m': 6,
  '10m': 10,
  '12m': 12,
  '15m': 15,
  '20m': 20,
  '30m': 30,
  '1h': 60,
} as const
type StepName = keyof typeof STEPS

/** The query of `GET /ops/metrics/history`. */
export const HistoryQuery = TrafficQuery.extend({
  version,
  from: InstantParameter.optional().describe('RFC 3339 or epoch milliseconds; an hour before `to`'),
  to: InstantParameter.optional().describe('RFC 3339 or epoch milliseconds; the present'),
  step: z
    .enum(Object.keys(STEPS) as [StepName, ...StepName[]])
    .default('1m')
    .describe('How much time a point sums up'),
}).refine(({ from, to }) => from === undefined || to === undefined || from < to, {
  path: ['from'],
  message: 'must be before `to`',
})
export type HistoryQuery = z.infer<typeof HistoryQuery>

/** Returns how long a step lasts. */
export function stepMsOf({ step }: HistoryQuery): number {
  return STEPS[step] * MINUTE_MS
}

const ServicePlace = z.strictObject({ service: ServiceName })

/** Returns the service after which the page begins; null for the first page. */
export function serviceBefore({ cursor }: TrafficQuery): ServiceName | null {
  return cursor === undefined ? null : placeIn(ServicePlace, cursor).service
}

/** The place of a page's last service, for `cursorOf`. */
export function placeOfService(service: ServiceName): z.input<typeof ServicePlace> {
  return { service }
}

const RoutePlace = z.strictObject({ service: ServiceName, route: RouteName.nullable() })

/** After which route a page begins; after all of the service's where the route is null. */
export type RoutePlace = z.infer<typeof RoutePlace>

/** Returns the route after which the page begins; null for the first page. */
export function routeBefore({ cursor }: TrafficQuery): RoutePlace | null {
  return cursor === undefined ? null : placeIn(RoutePlace, cursor)
}

/** The place of a page's last route, for `cursorOf`. */
export function placeOfRoute({ service, route }: RoutePlace): RoutePlace {
  return { service, route }
}

/** The place after all routes of a service, for `cursorOf`. */
export function placeAfterService(service: ServiceName): RoutePlace {
  return { service, route: null }
}
