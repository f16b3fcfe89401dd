import type { ProblemCode } from '@portcullis/contracts'
import type { PastStore } from '@portcullis/projections'

import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { Gateway } from '../../zod-routes.ts'
import type { RouteDocs } from '../route-docs.ts'
import { HistoryAnswer, historyAnswer } from './history.ts'
import { HistoryQuery, LiveQuery } from './parameters.ts'
import { TrendsAnswer, trendsAnswer } from './trends.ts'
import { viewFor, type Views } from './view-for.ts'
import { WindowsAnswer, windowsAnswer } from './windows.ts'

/** What the metrics' routes stand on. */
export interface MetricsOptions {
  readonly history: PastStore
  readonly views: Views
  readonly readsPerMinute: number
}

/** Of questions with `at`. */
const PAST_PROBLEMS: readonly ProblemCode[] = [
  'INVALID_PARAMETER',
  'BEFORE_THE_LOG',
  'NO_LONGER_KEPT',
]

/** `GET /ops/metrics`, `/ops/metrics/trends` and `/ops/metrics/history`. */
export async function addMetrics(
  scope: Gateway,
  { history, views, readsPerMinute }: MetricsOptions,
): Promise<void> {
  await addLocalRateLimits(scope)
  const config = (docs: Omit<RouteDocs, 'tag'>) => ({
    access: 'ops:read' as const,
    rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
    docs: { tag: 'Metrics', ...docs } satisfies RouteDocs,
  })
  const viewOf = (query: LiveQuery) => viewFor(views, { ...query, budgets: 'of_rules' })
  scope.get(
    '/ops/metrics',
    {
      schema: { querystring: LiveQuery },
      config: config({
        summary: 'Figures of each route over 1, 5 and 15 minutes',
        description:
          'Whatever was committed before the request is counted. The windows are the newest 6, ' +
          '30 and 90 buckets of 10 seconds, the running one included.',
        answers: { 200: { description: 'Routes of the last 15 minutes.', schema: WindowsAnswer } },
        problems: PAST_PROBLEMS,
      }),
    },
    async ({ query }) => windowsAnswer(await viewOf(query), query),
  )
  scope.get(
    '/ops/metrics/trends',
    {
      schema: { querystring: LiveQuery },
      config: config({
        summary: 'The last 5 minutes of each route in buckets of 10 seconds',
        description: 'With `at`, and by the minute, what a minute had stands in its first bucket.',
        answers: { 200: { description: 'Routes of the last 5 minutes.', schema: TrendsAnswer } },
        problems: PAST_PROBLEMS,
      }),
    },
    async ({ query }) => trendsAnswer(await viewOf(query), query),
  )
  scope.get(
    '/ops/metrics/history',
    {
      schema: { querystring: HistoryQuery },
      config: config({
        summary: 'Figures of each route, by the minute or by longer steps',
        description:
          'From as long ago as minutes are kept (400 days, a setting). An answer holds whole ' +
          'steps: `from` is taken down to one, `to` up.',
        answers: { 200: { description: 'Routes with requests.', schema: HistoryAnswer } },
        problems: ['INVALID_PARAMETER'],
      }),
    },
    ({ query }) => historyAnswer(history, query),
  )
}
