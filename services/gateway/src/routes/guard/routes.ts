import { type EnvironmentName, Outcome, type ServiceName } from '@portcullis/contracts'
import { guardParametersFrom, REASONS } from '@portcullis/domain'
import type { Config } from '@portcullis/runtime'
import { z } from 'zod'

import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { Gateway } from '../../zod-routes.ts'
import { RETRY_AFTER_SECONDS } from './answer.ts'
import type { GuardDesk } from './guard-desk.ts'
import { GuardHeaders, guardParametersOf, GuardQuery } from './parameters.ts'

/** What the guard's routes stand on. */
export interface GuardOptions {
  readonly desk: GuardDesk
  readonly guard: Config['guard']
  readonly guardPerMinute: number
}

const FindingAnswer = z.object({
  reason: z.enum(REASONS),
  service: z.string().nullable(),
  route: z.string().nullable(),
  evidence: z.record(z.string(), z.json()),
})

const VerdictAnswer = z.object({
  service: z.string().nullable(),
  env: z.string(),
  version: z.string().nullable(),
  release: z.string().nullable(),
  guard: z.record(z.string(), z.union([z.boolean(), z.number()])),
  outcome: Outcome,
  pass: z.boolean(),
  violations: z.array(FindingAnswer),
  warnings: z.array(FindingAnswer),
  position: z.int().nullable(),
  heads: z.object({ log: z.int(), metrics: z.array(z.int()) }).nullable(),
  as_of: z.iso.datetime(),
  generated_at: z.iso.datetime(),
  freshness_ms: z.int().nullable(),
})

const DESCRIPTION = [
  'Answered from what was committed before the question arrived. `fail` when a route or an incident',
  'blocks; `undecided` when it cannot be known (`stale_data`), which does not pass; else `pass`.',
  'Headers: `X-Guard-Lookback-Min`, `X-Guard-Min-Esc-Level`, `X-Guard-Include-Warning`.',
].join(' ')

/** `GET /ops/release-guard`: may this be released now, and why not? */
export async function addGuard(
  scope: Gateway,
  { desk, guard, guardPerMinute }: GuardOptions,
): Promise<void> {
  await addLocalRateLimits(scope)
  const defaults = guardParametersFrom(guard)
  scope.get(
    '/ops/release-guard',
    {
      schema: { querystring: GuardQuery, headers: GuardHeaders },
      config: {
        access: 'guard',
        busy: true,
        rateLimit: limited({ kind: 'guard', perMinute: guardPerMinute, when: 'early' }),
        docs: {
          tag: 'Guard',
          summary: 'May this be released now, and why not?',
          description: DESCRIPTION,
          answers: {
            200: { description: 'It passes (or `blocked_status=200`).', schema: VerdictAnswer },
            403: { description: 'Blocked, with `blocked_status=403`.', schema: VerdictAnswer },
            409: { description: 'Blocked, with `blocked_status=409`.', schema: VerdictAnswer },
            503: {
              description: 'Blocked, unless `blocked_status` says otherwise.',
              schema: VerdictAnswer,
            },
          },
          problems: ['INVALID_PARAMETER'],
        },
      },
    },
    async (request, reply) => {
      const { query, headers } = request
      const question = {
        service: query.service ?? (guard.service as ServiceName | undefined) ?? null,
        environment: query.environment ?? (guard.environment as EnvironmentName),
        version: query.version ?? null,
        guard: guardParametersOf(query, headers, defaults),
      }
      const answer = await desk.answer(JSON.stringify(question), question)
      reply.header('cache-control', 'no-store').header('etag', answer.etag)
      if (answer.position !== null) reply.header('x-portcullis-position', answer.position)
      if (!answer.pass) {
        reply.code(query.blocked_status ?? 503).header('retry-after', RETRY_AFTER_SECONDS)
      }
      return reply.type('application/json; charset=utf-8').send(answer.body)
    },
  )
}
