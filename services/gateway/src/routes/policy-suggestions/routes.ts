import { suggestLimits } from '@portcullis/projections'
import type { Clock } from '@portcullis/runtime'

import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import { problem } from '../../problem/problem.ts'
import type { PastLook } from '../../store/past-look.ts'
import type { Gateway } from '../../zod-routes.ts'
import { SuggestionAnswer, suggestionAnswer } from './answer.ts'
import { openRulesOf, requireBounded, SuggestionQuery } from './parameters.ts'

/** What suggestions stand on. */
export interface PolicySuggestionOptions {
  readonly past: PastLook
  readonly clock: Clock
  readonly readsPerMinute: number
}

/** By then another gateway answers, or the next one is up. */
const RETRY_SECONDS = 1

/** `GET /v1/policy-suggestions`: limits that the past of a service bears. */
export async function addPolicySuggestions(
  scope: Gateway,
  { past, clock, readsPerMinute }: PolicySuggestionOptions,
): Promise<void> {
  await addLocalRateLimits(scope)
  scope.get(
    '/v1/policy-suggestions',
    {
      schema: { querystring: SuggestionQuery },
      config: {
        access: 'ops:read',
        rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
        docs: {
          tag: 'Policies',
          summary: 'Limits made of history, for a wanted rate of blocks',
          description:
            'Goes through the past of a service, has rules judge with limit after limit what was known at each ' +
            'instant, and suggests the smallest that would have blocked as seldom as is wanted. It takes seconds ' +
            'to minutes, one question at a time.',
          answers: {
            200: { description: 'The policy, and what it is made of.', schema: SuggestionAnswer },
          },
          problems: ['INVALID_PARAMETER', 'BEFORE_THE_LOG'],
        },
      },
    },
    async ({ query }, reply) => {
      requireBounded(query, clock.now())
      const { service, environment, from, to = null, step: stepMs, blocks } = query
      const isWanted = (): boolean => !reply.raw.destroyed && !scope.isClosing()
      const rules = openRulesOf(query)
      const asked = { service, environment, from, to, stepMs, rules, blocks, isWanted }
      const found = await past.walk((parts) => suggestLimits(parts, asked))
      // It would be made of a part of the past.
      if (!isWanted()) throw problem('GATEWAY_CLOSING', { retryAfterSeconds: RETRY_SECONDS })
      return suggestionAnswer(query, rules, found)
    },
  )
}
