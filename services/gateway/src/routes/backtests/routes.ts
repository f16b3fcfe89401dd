import type { ServerResponse } from 'node:http'

import type { GuardParameters } from '@portcullis/domain'
import type { LiveViews } from '@portcullis/projections'
import { z } from 'zod'

import { addYamlBodies } from '../../plugins/bodies.ts'
import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { Gateway } from '../../zod-routes.ts'
import { DOCUMENTS_BYTES_MAX, DocumentsBody, documentsIn } from '../policies/read-documents.ts'
import { BacktestAnswer, backtestAnswer } from './answer.ts'
import type { BacktestDesk } from './backtest-desk.ts'
import { BacktestQuery, withEnd } from './parameters.ts'
import { triedPolicies } from './tried-policies.ts'

/** What backtests need. */
export interface BacktestOptions {
  readonly views: { readonly live: LiveViews }
  readonly backtests: BacktestDesk
  /** As the settings say. */
  readonly guard: GuardParameters
  readonly readsPerMinute: number
}

const DESCRIPTION = `What is tried is what would be in force if the documents were applied. Policies among them
count as enforced, whatever their mode. Nothing is changed.

A gateway runs one backtest at a time; another one is told to come back. It ends when its client goes away.`

const EXAMPLE = `curl -X POST 'http://127.0.0.1:3000/v1/backtests?from=2026-11-16T00:00:00Z&against=current' \\
  -H "Authorization: Bearer $PORTCULLIS_TOKEN" -H 'Content-Type: application/yaml' \\
  --data-binary @checkout.yaml`

/** `POST /v1/backtests`: what policies would have said of the past. */
export async function addBacktests(scope: Gateway, options: BacktestOptions): Promise<void> {
  const { views, backtests, guard, readsPerMinute } = options
  addYamlBodies(scope)
  await addLocalRateLimits(scope)
  scope.addHook('preClose', () => backtests.close())
  scope.post(
    '/v1/backtests',
    {
      bodyLimit: DOCUMENTS_BYTES_MAX,
      schema: { querystring: BacktestQuery },
      config: {
        access: 'ops:read',
        rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
        docs: {
          tag: 'Policies',
          summary: 'Try policies on the past: what they would have blocked',
          description: DESCRIPTION,
          example: EXAMPLE,
          body: { 'application/json': DocumentsBody, 'application/yaml': z.string() },
          answers: {
            200: { description: 'What each trial would have said.', schema: BacktestAnswer },
          },
          problems: [
            'INVALID_BODY',
            'INVALID_PARAMETER',
            'MALFORMED_BODY',
            'BEFORE_THE_LOG',
            'BODY_TOO_LARGE',
            'UNSUPPORTED_MEDIA_TYPE',
            'POLICIES_DO_NOT_FIT',
            'RATE_LIMIT_EXCEEDED',
            'STORE_UNAVAILABLE',
          ],
        },
      },
    },
    async ({ query, body }, reply) => {
      const documents = documentsIn(body)
      const { policies: applied, look } = await views.live.next()
      const { from, to, step, horizon, against, ...rest } = withEnd(query, look.now)
      const given = triedPolicies({ documents, prune: query.prune }, applied)
      const asked = {
        ...{ service: rest.service ?? null, environment: rest.environment },
        ...{ from, to, stepMs: step, horizonMs: horizon, guard },
        policies: against === undefined ? [given] : [given, applied],
      }
      const found = await backtests.run(asked, goneSignal(reply.raw))
      return found === null ? reply.hijack() : backtestAnswer(asked, found)
    },
  )
}

/** Aborts when the client goes away before it has its answer. */
function goneSignal(raw: ServerResponse): AbortSignal {
  const gone = new AbortController()
  if (raw.closed) gone.abort()
  raw.once('close', () => gone.abort())
  return gone.signal
}
