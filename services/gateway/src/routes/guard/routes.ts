import {
  type EnvironmentName,
  OnUndecided,
  Outcome,
  RuleMode,
  type ServiceName,
} from '@portcullis/contracts'
import { guardParametersFrom, type Reason, REASONS } from '@portcullis/domain'
import type { Config } from '@portcullis/runtime'
import { z } from 'zod'

import type { Authenticate } from '../../access/authenticate.ts'
import { addLocalRateLimits, limited, localHitsOf } from '../../plugins/rate-limits.ts'
import type { Gateway } from '../../zod-routes.ts'
import { Precision } from '../past/parameters.ts'
import type { GuardDesk } from './guard-desk.ts'
import { GuardHeaders, guardParametersOf, GuardQuery } from './parameters.ts'
import type { PastDesk } from './past-desk.ts'
import { createShortWay, openShortWay, type ShortWay } from './short-way.ts'

/** What the guard's routes stand on. */
export interface GuardOptions {
  readonly desk: GuardDesk
  readonly pastDesk: PastDesk
  readonly guard: Config['guard']
  readonly guardPerMinute: number
  readonly authenticate: Authenticate
  readonly nextRequestId: () => string
}

const FindingAnswer = z.object({
  reason: z.enum(REASONS as [Reason, ...Reason[]]),
  service: z.string().nullable(),
  route: z.string().nullable(),
  evidence: z.record(z.string(), z.json()),
  policy: z.string().optional().describe('Whose rule says so; left out of the default policy'),
  rule: z.string().optional(),
  need: z.string().optional().describe('What would turn it green'),
})

const RuleFindingAnswer = z.object({
  route: z.string().nullable(),
  status: Outcome,
  reason: z.string().optional(),
  need: z.string().optional(),
  evidence: z.record(z.string(), z.json()),
})

const PolicyAnswer = z.object({
  service: z.string(),
  policy: z.string(),
  version: z.string(),
  mode: RuleMode,
  on_undecided: OnUndecided,
  outcome: Outcome,
  pass: z.boolean(),
  rules: z
    .array(
      z.object({
        rule: z.string(),
        type: z.string(),
        mode: RuleMode,
        onUndecided: OnUndecided,
        status: Outcome,
        findings: z.array(RuleFindingAnswer),
      }),
    )
    .optional()
    .describe('With `explain=true`: all that was looked at'),
})

const DefaultRulesAnswer = z.object({
  service: z.string(),
  rules: z.array(
    z.object({
      rule: z.string(),
      mode: RuleMode,
      status: Outcome,
      findings: z.array(RuleFindingAnswer.pick({ route: true, status: true, evidence: true })),
    }),
  ),
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
  waived: z
    .array(FindingAnswer.extend({ waiver: z.guid(), until: z.iso.datetime() }))
    .describe('What would block, and is let through by a waiver'),
  needs: z.array(z.string()).describe('What would turn it green, in words'),
  opens_at: z.iso
    .datetime()
    .nullable()
    .describe('When it could pass at the earliest if from now on all were well'),
  policies: z.array(PolicyAnswer).describe('Empty: the default policy decided'),
  default_rules: z
    .array(DefaultRulesAnswer)
    .optional()
    .describe('With `explain=true`: what the default policy looked at, where it decides'),
  position: z.int().nullable(),
  heads: z.object({ log: z.int(), metrics: z.array(z.int()) }).nullable(),
  as_of: z.iso.datetime(),
  generated_at: z.iso.datetime(),
  freshness_ms: z.int().nullable(),
  precision: Precision,
})

const DESCRIPTION = [
  'Answered from what was committed before the question arrived. `fail` when a route or an incident',
  'blocks; `undecided` when it cannot be known (`stale_data`), which does not pass; else `pass`.',
  'With `at` it is what would have been answered then, from the log and the batches of then.',
  'Headers: `X-Guard-Lookback-Min`, `X-Guard-Min-Esc-Level`, `X-Guard-Include-Warning`.',
].join(' ')

const PATH = '/ops/release-guard'
/** Of the rate limit. */
const KIND = 'guard'
/** Unless the question says otherwise. */
const BLOCKED_STATUS = 503

/** `GET /ops/release-guard`: may this be released now, and why not? */
export async function addGuard(scope: Gateway, options: GuardOptions): Promise<void> {
  const { desk, pastDesk, guard, guardPerMinute } = options
  await addLocalRateLimits(scope)
  const defaults = guardParametersFrom(guard)
  const shortWay = shortWayOf(scope, options)
  scope.get(
    PATH,
    {
      schema: { querystring: GuardQuery, headers: GuardHeaders },
      config: {
        access: 'guard',
        busy: true,
        rateLimit: limited({ kind: KIND, perMinute: guardPerMinute, when: 'early' }),
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
          problems: ['INVALID_PARAMETER', 'BEFORE_THE_LOG', 'NO_LONGER_KEPT'],
        },
      },
    },
    async (request, reply) => {
      const { query, headers } = request
      const question = {
        service: query.service ?? (guard.service as ServiceName | undefined) ?? null,
        environment: query.environment ?? (guard.environment as EnvironmentName),
        version: query.version ?? null,
        explain: query.explain ?? false,
        guard: guardParametersOf(query, headers, defaults),
      }
      const key = JSON.stringify(question)
      const blockedStatus = query.blocked_status ?? BLOCKED_STATUS
      const { at, heads: given } = query
      if (at === undefined) shortWay.remember(request, { key, question, blockedStatus })
      const answer = await (at === undefined
        ? desk.answer(key, question)
        : pastDesk.answer(question, { at, heads: given }))
      return reply
        .code(answer.pass ? 200 : blockedStatus)
        .headers(answer.headers)
        .send(answer.body)
    },
  )
}

/** Opens the short way, unless each answer is to be logged. */
function shortWayOf(scope: Gateway, options: GuardOptions): ShortWay {
  const { desk, authenticate, guardPerMinute, nextRequestId } = options
  const shortWay = createShortWay({
    desk,
    authenticate,
    countHit: localHitsOf(scope, KIND),
    perMinute: guardPerMinute,
    nextRequestId,
    isClosing: scope.isClosing,
    durationsOf: (status) => scope.durationsOf('GET', PATH, status),
  })
  if (!scope.log.isLevelEnabled('debug')) openShortWay(scope, shortWay)
  return shortWay
}
