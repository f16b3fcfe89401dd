import { MINUTE_MS } from '@portcullis/contracts'
import {
  type PastStore,
  readImpacts,
  type RouteJudgement,
  type ServiceImpact,
  isoOf,
} from '@portcullis/projections'
import { z } from 'zod'

import { cursorOf, NextCursor } from '../../paging/cursor.ts'
import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import { problem } from '../../problem/problem.ts'
import type { Gateway } from '../../zod-routes.ts'
import { AsOf, asOf, Figures, Instant } from '../metrics/answers.ts'
import { CompactedTo } from '../metrics/history.ts'
import { placeOfService, serviceBefore, TrafficQuery } from '../metrics/parameters.ts'
import { ReleaseBody, releaseBodyOf } from '../releases/release-body.ts'

/** What the route stands on. */
export interface ReleaseImpactOptions {
  readonly history: PastStore
  readonly judgement: RouteJudgement
  readonly readsPerMinute: number
}

const WINDOW_MIN_DEFAULT = 30
const WINDOW_MIN_MAX = 1_440
/** Hours of routes that are read for an answer; unpacking them takes half a second. */
const HOURS_MAX = 5_000

const ImpactQuery = TrafficQuery.extend({
  window_min: z
    .string()
    .regex(/^\d{1,4}$/u, `must be a whole number from 1 to ${WINDOW_MIN_MAX}`)
    .transform(Number)
    .pipe(z.int().min(1).max(WINDOW_MIN_MAX))
    .default(WINDOW_MIN_DEFAULT)
    .describe(`Minutes before and after the release, 1 to ${WINDOW_MIN_MAX}`),
})
type ImpactQuery = z.infer<typeof ImpactQuery>

const Change = z.object({
  p95_ms: z.number(),
  p95_pct: z.number(),
  err_rate: z.number().describe('In percentage points'),
  rps_pct: z.number(),
})

const ServiceBody = z.object({
  service: z.string(),
  release: ReleaseBody,
  from: Instant.describe('Where `before` begins; it ends with the release'),
  to: Instant.describe('Where `after` ends, at the latest with the present'),
  routes: z.array(
    z.object({
      route: z.string(),
      before: Figures,
      after: Figures,
      change: Change.nullable().describe(
        'From before to after; null where either has fewer requests than `min_samples`',
      ),
    }),
  ),
})

const ImpactAnswer = AsOf.extend({
  window_min: z.int(),
  min_samples: z.int(),
  compacted_to: CompactedTo,
  services: z.array(ServiceBody),
  next_cursor: NextCursor,
})

/** `GET /ops/release-impact`: each route before and after the newest release of its service. */
export async function addReleaseImpact(
  scope: Gateway,
  options: ReleaseImpactOptions,
): Promise<void> {
  await addLocalRateLimits(scope)
  scope.get(
    '/ops/release-impact',
    {
      schema: { querystring: ImpactQuery },
      config: {
        access: 'ops:read',
        rateLimit: limited({ kind: 'read', perMinute: options.readsPerMinute, when: 'early' }),
        docs: {
          tag: 'Releases',
          summary: 'Latency, errors and traffic before and after the newest release',
          description:
            'Told apart by the minute; in the minute in which a release went live, and in the ' +
            'one before, by version. A service of which no release is known is not listed.',
          answers: {
            200: { description: 'Services in the order of their names.', schema: ImpactAnswer },
          },
          problems: ['INVALID_PARAMETER'],
        },
      },
    },
    ({ query }) => impactAnswer(options, query),
  )
}

async function impactAnswer(
  { history, judgement }: ReleaseImpactOptions,
  query: ImpactQuery,
): Promise<z.infer<typeof ImpactAnswer>> {
  const { service = null, environment, route = null, window_min } = query
  const { samplesMin } = judgement.rules
  const asked = {
    service,
    environment,
    after: serviceBefore(query),
    route,
    comparedMs: window_min * MINUTE_MS,
    samplesMin,
  }
  const found = await readImpacts(history, asked, { hoursMax: HOURS_MAX })
  if ('rejected' in found) throw tooMuch(found.service)
  const { view, compactedTo, services, next } = found
  return {
    ...asOf(view, environment),
    window_min,
    min_samples: samplesMin,
    compacted_to: isoOf(compactedTo ?? view.look.now),
    services: services.map(serviceBody),
    next_cursor: next === null ? null : cursorOf(placeOfService(next)),
  }
}

function serviceBody({ release, span, routes }: ServiceImpact): z.infer<typeof ServiceBody> {
  return {
    service: release.service,
    release: releaseBodyOf(release),
    from: isoOf(span.from),
    to: isoOf(span.to),
    routes: [...routes]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([route, impact]) => ({ route, ...impact })),
  }
}

function tooMuch(service: string) {
  return problem('INVALID_PARAMETER', {
    errors: [
      {
        field: 'window_min',
        message:
          `is too much for the routes of ${service}: ` +
          `an answer reads ${HOURS_MAX} hours of routes`,
        fix: 'Name a route, or take a smaller window.',
      },
    ],
  })
}
