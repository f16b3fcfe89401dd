import {
  DEFAULT_ENVIRONMENT,
  EnvironmentName,
  InstantInput,
  instantOf,
  lineOf,
  PolicyName,
  proseOf,
  ServiceName,
  VersionName,
  WAIVED_MAX,
  WaivedRule,
  WaiverId,
} from '@portcullis/contracts'
import type { WaiverCommand } from '@portcullis/domain'
import { newWaiverId } from '@portcullis/runtime'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'

import { answerCommand, type CommandCounter } from '../../commands/answer-command.ts'
import { commandConfig, type CommandLimits } from '../../commands/command-config.ts'
import { CommandHeaders } from '../../commands/command-request.ts'
import { addSharedRateLimits } from '../../plugins/rate-limits.ts'
import { problem } from '../../problem/problem.ts'
import type { CountHit } from '../../store/shared-hits.ts'
import type { Gateway } from '../../zod-routes.ts'
import { WaiverBody } from './schemas.ts'

/** What changes of waivers need. */
export interface WaiverChangeOptions extends CommandCounter {
  readonly countHit: CountHit
  readonly limits: CommandLimits
  /** How many people every waiver takes, whatever is asked for. */
  readonly approvals: number
}

/** Characters of a reason: sealed, and in base64, it fits `SealedText` whatever it is written in. */
const REASON_LENGTH_MAX = 4_000

const GrantBody = z.strictObject({
  service: ServiceName,
  environment: EnvironmentName.default(DEFAULT_ENVIRONMENT),
  version: lineOf(128).pipe(VersionName).optional().describe('Every version when left out'),
  policies: z
    .array(PolicyName)
    .min(1)
    .max(WAIVED_MAX)
    .optional()
    .describe('Every policy when left out; the first system’s rules are the policy `default`'),
  rules: z
    .array(WaivedRule)
    .min(1)
    .max(WAIVED_MAX)
    .optional()
    .describe('Every rule but `stale_data` when left out; those of `default` are its reasons'),
  reason: proseOf(REASON_LENGTH_MAX)
    .refine((text) => text.trim() !== '', 'must not be empty')
    .describe('Kept with it, encrypted'),
  until: InstantInput.describe('At most 7 days from now'),
  needs_second: z
    .boolean()
    .default(false)
    .describe('It takes effect when somebody else approves it; always so where the setting asks'),
})
type GrantBody = z.output<typeof GrantBody>

const Params = z.object({ id: z.string().describe('Of the waiver') })
const NoBody = z.strictObject({}).nullish()
const Answer = z.object({ ok: z.literal(true), waiver: WaiverBody })

const DESCRIPTION = `All that is named must match; what is left out matches all. It ends by itself, and everybody
sees it: in the list of waivers, and in every verdict that it changes.`

const EXAMPLE = `curl -X POST 'http://127.0.0.1:3000/v1/waivers' \\
  -H "Authorization: Bearer $PORTCULLIS_TOKEN" -H 'Content-Type: application/json' \\
  -d '{"service":"checkout","environment":"production","version":"1.4.3","until":"2026-12-01T12:00:00Z",
       "reason":"1.4.3 mends the errors that block it"}'`

/** `POST /v1/waivers`, and approving and revoking one. */
export async function addWaiverChanges(
  scope: Gateway,
  options: WaiverChangeOptions,
): Promise<void> {
  await addSharedRateLimits(scope, options.countHit)
  addGrant(scope, options)
  addSecond(scope, options, {
    path: '/v1/waivers/:id/approve',
    type: 'approve_waiver',
    summary: 'Approve a waiver that somebody else granted',
  })
  addSecond(scope, options, {
    path: '/v1/waivers/:id/revoke',
    type: 'revoke_waiver',
    summary: 'Revoke a waiver before its end',
  })
}

function addGrant(scope: Gateway, options: WaiverChangeOptions): void {
  scope.post(
    '/v1/waivers',
    {
      schema: { body: GrantBody, headers: CommandHeaders },
      config: commandConfig({
        access: 'waivers:write',
        kind: 'command',
        limits: options.limits,
        docs: {
          tag: 'Waivers',
          summary: 'Let a service through for a time, despite violations',
          description: DESCRIPTION,
          example: EXAMPLE,
          answers: { 201: { description: 'The waiver.', schema: Answer } },
        },
      }),
    },
    async (request, reply) => {
      const command = await grantIn(request, options)
      return answerCommand({ request, reply }, options, { incidentId: null, command })
    },
  )
}

async function grantIn(
  { body, principal }: FastifyRequest & { readonly body: GrantBody },
  { seal, clock, approvals }: WaiverChangeOptions,
): Promise<WaiverCommand> {
  return {
    type: 'grant_waiver',
    waiverId: newWaiverId(clock.now()),
    service: body.service,
    environment: body.environment,
    version: body.version ?? null,
    policies: body.policies ?? null,
    rules: body.rules ?? null,
    reason: await seal.seal(principal.id, body.reason),
    until: instantOf(body.until),
    needsSecond: body.needs_second || approvals > 1,
  }
}

function addSecond(
  scope: Gateway,
  options: WaiverChangeOptions,
  one: {
    readonly path: `/v1/waivers/:id/${string}`
    readonly type: 'approve_waiver' | 'revoke_waiver'
    readonly summary: string
  },
): void {
  const { path, type, summary } = one
  scope.post(
    path,
    {
      schema: { params: Params, body: NoBody, headers: CommandHeaders },
      config: commandConfig({
        access: 'waivers:write',
        kind: 'command',
        limits: options.limits,
        docs: {
          tag: 'Waivers',
          summary,
          answers: { 200: { description: 'The waiver after the command.', schema: Answer } },
          problems: [
            'NOT_FOUND',
            'WAIVER_STATE_FORBIDS',
            ...(type === 'approve_waiver' ? (['WAIVER_NEEDS_ANOTHER'] as const) : []),
          ],
        },
      }),
    },
    async (request, reply) => {
      const command = { type, waiverId: waiverIdIn(request.params.id) } as const
      return answerCommand({ request, reply }, options, { incidentId: null, command })
    },
  )
}

/** Returns a waiver's id from a path. What is no id at all is not found. */
export function waiverIdIn(text: string): WaiverId {
  const parsed = WaiverId.safeParse(text.toLowerCase())
  if (parsed.success) return parsed.data
  throw problem('NOT_FOUND', { detail: 'there is no waiver of that id' })
}
