import { routeWindows, type RouteWindows, sloOf } from '@portcullis/domain'
import type { RouteJudgement } from '@portcullis/projections'
import { z } from 'zod'

import { NextCursor } from '../../paging/cursor.ts'
import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { Gateway } from '../../zod-routes.ts'
import { Latency, LiveAsOf, liveAsOf, Percent, RouteOf } from '../metrics/answers.ts'
import { livePage, type LiveRow } from '../metrics/live-page.ts'
import { LiveQuery } from '../metrics/parameters.ts'
import { type AnyView, viewFor, type Views } from '../metrics/view-for.ts'
import { Objective, objectivesOf } from './objectives.ts'

/** What the objectives' route stands on. */
export interface SloOptions {
  readonly views: Views
  readonly judgement: RouteJudgement
  readonly readsPerMinute: number
}

const STATES = ['no_data', 'ok', 'warn', 'critical'] as const
const State = z.enum(STATES)
const Count = z.int().nonnegative()

const RouteSlo = RouteOf.extend({
  state: State.describe('The worse of its two dimensions'),
  dims: z.object({ p95_ms: State, err_pct: State }),
  targets: z.object({ p95_ms: z.number(), err_pct: z.number() }),
  actual: z.object({ p95_ms: Latency, err_pct: Percent, samples_1m: Count }),
})
type RouteSlo = z.infer<typeof RouteSlo>

const SloAnswer = LiveAsOf.extend({
  min_samples: Count.describe('Below so many requests in 1 minute a route is `no_data`'),
  summary: z
    .object({ no_data: Count, ok: Count, warn: Count, critical: Count })
    .describe('By state, of all routes that were asked for, of the services on this page'),
  routes: z.array(RouteSlo),
  next_cursor: NextCursor,
  objectives: z
    .array(Objective)
    .describe('Of the `Slo` documents in force for the environment: what is left of their budgets'),
})

/** `GET /ops/slo`: how each route stands to its objectives. */
export async function addSlo(
  scope: Gateway,
  { views, judgement, readsPerMinute }: SloOptions,
): Promise<void> {
  await addLocalRateLimits(scope)
  scope.get(
    '/ops/slo',
    {
      schema: { querystring: LiveQuery },
      config: {
        access: 'ops:read',
        rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
        docs: {
          tag: 'Metrics',
          summary:
            'How each route stands to its targets over 1 minute, and what is left of error budgets',
          description:
            '`ok` up to the target, `warn` up to 1.2 times the target, `critical` above. A route ' +
            'that fell silent within the last 15 minutes is `no_data`.',
          answers: { 200: { description: 'Routes of the last 15 minutes.', schema: SloAnswer } },
          problems: ['INVALID_PARAMETER', 'BEFORE_THE_LOG', 'NO_LONGER_KEPT'],
        },
      },
    },
    async ({ query }) => {
      return sloAnswer(await viewFor(views, { ...query, budgets: 'all' }), query, judgement)
    },
  )
}

async function sloAnswer(
  view: AnyView,
  query: LiveQuery,
  judgement: RouteJudgement,
): Promise<z.infer<typeof SloAnswer>> {
  const { environment, route, version } = query
  const head = liveAsOf(view, environment)
  // Before anything is awaited: the next look changes the view.
  const objectives = objectivesOf(view, query, view.look.now)
  const { all, rows, nextCursor } = await livePage(view, query, (window, now) =>
    routeWindows(window, now, { route, version }),
  )
  return {
    ...head,
    min_samples: judgement.rules.samplesMin,
    summary: summaryOf(all.map((row) => routeSlo(row, judgement))),
    routes: rows.map((row) => routeSlo(row, judgement)),
    next_cursor: nextCursor,
    objectives,
  }
}

function routeSlo(
  { found: { m1 }, ...scope }: LiveRow<RouteWindows>,
  { rules, targetsOf }: RouteJudgement,
): RouteSlo {
  const targets = targetsOf(scope)
  return {
    ...scope,
    ...sloOf(m1, targets, rules.samplesMin),
    targets,
    actual: { p95_ms: m1.p95_ms, err_pct: m1.err_rate, samples_1m: m1.count },
  }
}

function summaryOf(routes: readonly RouteSlo[]) {
  const summary = { no_data: 0, ok: 0, warn: 0, critical: 0 }
  for (const { state } of routes) summary[state] += 1
  return summary
}
