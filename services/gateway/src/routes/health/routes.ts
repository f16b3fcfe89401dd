import { SECOND_MS, type EpochMs } from '@portcullis/contracts'
import type { Clock, Config } from '@portcullis/runtime'
import { z } from 'zod'

import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { Gateway } from '../../zod-routes.ts'
import { checkHealth, PartHealth, reasonsOf, type HealthChecks } from './health.ts'

export interface HealthOptions {
  /** What must work before the gateway takes requests. */
  readonly checks: HealthChecks
  /** What is missed when it is away, though the gateway can do without it. */
  readonly missedChecks: HealthChecks
  readonly clock: Clock
  readonly startedAt: EpochMs
  readonly version: string
  readonly instanceId: string
  readonly config: Pick<Config, 'access' | 'escalation' | 'guard' | 'limits' | 'slo'>
  /** What the settings' reader found unwise. */
  readonly warnings: readonly string[]
}

const Live = z.object({ status: z.literal('live') })
const Ready = z.object({ status: z.enum(['ready', 'not_ready']), reasons: z.array(z.string()) })
const Health = z.object({
  status: z.enum(['ok', 'degraded', 'failing']),
  version: z.string(),
  instance: z.string(),
  uptime_s: z.number(),
  parts: z.record(z.string(), PartHealth),
})
const ConfigHealth = z.object({
  status: z.enum(['ok', 'warnings']),
  warnings: z.array(z.string()),
  jwt: z.boolean().describe('Whether OPS_JWT_SECRET is set'),
  hmac: z.boolean().describe('Whether OPS_HMAC_SECRET is set'),
  hmac_required: z.boolean(),
  guard_anonymous: z.enum(['loopback', 'off']),
  guard: z.record(z.string(), z.json()),
  slo: z.record(z.string(), z.json()),
  escalation: z.record(z.string(), z.json()),
  limits: z.record(z.string(), z.json()),
})

/** `/ops/live`, `/ops/ready`, `/ops/health` and `/ops/config/health`. */
export async function addHealth(scope: Gateway, options: HealthOptions): Promise<void> {
  await addLocalRateLimits(scope)
  addProbes(scope, options)
  const rateLimit = limited({
    kind: 'read',
    perMinute: options.config.limits.readsPerMinute,
    when: 'early',
  })
  scope.get(
    '/ops/health',
    {
      config: {
        access: 'ops:read',
        rateLimit,
        docs: {
          tag: 'Operations',
          summary: 'How every part is',
          answers: {
            200: {
              description:
                'All parts work, or (`degraded`) the gateway does, and nobody escalates or notifies; `parts` says which.',
              schema: Health,
            },
            503: {
              description: 'Some part that the gateway needs does not work; `parts` says which.',
              schema: Health,
            },
          },
        },
      },
    },
    async (_request, reply) => {
      const [needed, missed] = await Promise.all([
        checkHealth(options.checks),
        checkHealth(options.missedChecks),
      ])
      const isWorking = reasonsOf(needed).length === 0
      const isMissed = reasonsOf(missed).length > 0
      return reply.code(isWorking ? 200 : 503).send({
        status: !isWorking ? 'failing' : isMissed ? 'degraded' : 'ok',
        version: options.version,
        instance: options.instanceId,
        uptime_s: Math.round((options.clock.now() - options.startedAt) / SECOND_MS),
        parts: { ...needed, ...missed },
      })
    },
  )
  scope.get(
    '/ops/config/health',
    {
      config: {
        access: 'ops:read',
        rateLimit,
        docs: {
          tag: 'Operations',
          summary: 'The settings in effect, without secrets, and what is unwise about them',
          answers: { 200: { description: 'The settings.', schema: ConfigHealth } },
        },
      },
    },
    () => configHealthOf(options),
  )
}

/** What an orchestrator asks, without a credential and as often as it likes. */
function addProbes(scope: Gateway, { checks }: HealthOptions): void {
  scope.get(
    '/ops/live',
    {
      config: {
        access: 'anyone',
        busy: true,
        docs: {
          tag: 'Operations',
          summary: 'Whether the process answers',
          answers: { 200: { description: 'It does.', schema: Live } },
        },
      },
    },
    () => ({ status: 'live' }),
  )
  scope.get(
    '/ops/ready',
    {
      config: {
        access: 'anyone',
        busy: true,
        docs: {
          tag: 'Operations',
          summary: 'Whether the gateway can do its work, and why not',
          answers: {
            200: { description: 'It can.', schema: Ready },
            503: { description: 'It cannot; `reasons` says why.', schema: Ready },
          },
        },
      },
    },
    async (_request, reply) => {
      const reasons = reasonsOf(await checkHealth(checks))
      const isReady = reasons.length === 0
      return reply
        .code(isReady ? 200 : 503)
        .send({ status: isReady ? 'ready' : 'not_ready', reasons })
    },
  )
}

function configHealthOf({ config, warnings }: HealthOptions): z.input<typeof ConfigHealth> {
  const { access, guard, slo, escalation, limits } = config
  return {
    status: warnings.length === 0 ? 'ok' : 'warnings',
    warnings: [...warnings],
    jwt: access.jwtSecret !== undefined,
    hmac: access.hmacSecret !== undefined,
    hmac_required: access.hmacRequired,
    guard_anonymous: access.guardAnonymous,
    guard: plain(guard),
    slo: plain(slo),
    escalation: plain(escalation),
    limits: plain(limits),
  }
}

/** What was not set is null, so that it is seen. */
function plain(slice: Readonly<Record<string, unknown>>): Record<string, z.core.util.JSONType> {
  const entries = Object.entries(slice).map(([key, value]) => [key, value ?? null] as const)
  return JSON.parse(JSON.stringify(Object.fromEntries(entries))) as Record<
    string,
    z.core.util.JSONType
  >
}
