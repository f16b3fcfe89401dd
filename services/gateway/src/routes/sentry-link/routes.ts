import { RouteName } from '@portcullis/contracts'
import { withoutQuery } from '@portcullis/domain'
import { z } from 'zod'

import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { Gateway } from '../../zod-routes.ts'

export interface SentryLinkOptions {
  /** SENTRY_URL, with `{route}` where the route belongs. */
  readonly sentryUrl: string | undefined
  readonly readsPerMinute: number
}

/** Where SENTRY_URL names a route, its query is of no use. */
const LinkedRoute = RouteName.transform((route) => withoutQuery(route))

const Answer = z.object({
  route: z.string(),
  configured: z.boolean().describe('Whether SENTRY_URL is set'),
  url: z.string().nullable(),
})

/** `GET /ops/sentry-link?route=`: where the errors of a route can be looked at. */
export async function addSentryLink(
  scope: Gateway,
  { sentryUrl, readsPerMinute }: SentryLinkOptions,
): Promise<void> {
  await addLocalRateLimits(scope)
  scope.get(
    '/ops/sentry-link',
    {
      schema: { querystring: z.strictObject({ route: LinkedRoute }) },
      config: {
        access: 'ops:read',
        rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
        docs: {
          tag: 'Operations',
          summary: 'Where the errors of a route can be looked at',
          answers: { 200: { description: 'The link; null where none is set.', schema: Answer } },
          problems: ['INVALID_PARAMETER'],
        },
      },
    },
    ({ query: { route } }) => ({
      route,
      configured: sentryUrl !== undefined,
      url: sentryUrl?.replaceAll('{route}', encodeURIComponent(route)) ?? null,
    }),
  )
}
