import { z } from 'zod'

import { answerCommand, type CommandCounter } from '../../commands/answer-command.ts'
import { commandConfig, type CommandLimits } from '../../commands/command-config.ts'
import { CommandHeaders } from '../../commands/command-request.ts'
import { addLocalRateLimits, addSharedRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { CountHit } from '../../store/shared-hits.ts'
import type { Gateway } from '../../zod-routes.ts'
import { EscalationHealth } from './escalation-health.ts'

export interface EscalationOptions extends CommandCounter {
  readonly escalationHealth: () => Promise<EscalationHealth>
  readonly countHit: CountHit
  readonly limits: CommandLimits
  readonly readsPerMinute: number
}

/** Both commands take no body, or an empty one. Fastify hands in null for one that is left out. */
const NothingBody = z
  .strictObject({})
  .nullish()
  .transform(() => ({}))

const HeldBack = z.object({
  incident: z.uuid(),
  step: z.literal('hold'),
  level: z.int(),
  why: z.enum(['dry_run', 'paused', 'outside_canary']),
  until: z.int().describe('Epoch milliseconds of the next look'),
})

const OPERATIONS = {
  tick: {
    summary: 'Fire the escalations that are due, without waiting for the next look',
    answer: z.object({
      ok: z.literal(true),
      due: z.int(),
      escalated: z.int(),
      held_back: z.array(HeldBack),
    }),
  },
  recalc: {
    summary: 'Move the due times of open incidents to what the present settings say',
    answer: z.object({
      ok: z.literal(true),
      looked_at: z.int(),
      rescheduled: z.int(),
      held: z
        .array(z.uuid())
        .describe('Incidents that somebody holds open in SQL; left as they are'),
    }),
  },
} as const

/** `/ops/escalation/health`, `/ops/escalation/tick` and `/ops/escalation/recalc`. */
export async function addEscalation(scope: Gateway, options: EscalationOptions): Promise<void> {
  await scope.register((reads: Gateway) => addHealthRead(reads, options))
  await scope.register((commands: Gateway) => addOperations(commands, options))
}

async function addHealthRead(
  scope: Gateway,
  { escalationHealth, readsPerMinute }: EscalationOptions,
): Promise<void> {
  await addLocalRateLimits(scope)
  scope.get(
    '/ops/escalation/health',
    {
      config: {
        access: 'ops:read',
        rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
        docs: {
          tag: 'Escalation',
          summary: 'How escalation goes: settings, timers, what is held back, and who does it',
          answers: {
            200: { description: 'It goes on.', schema: EscalationHealth },
            503: { description: 'It does not; `reasons` says why.', schema: EscalationHealth },
          },
        },
      },
    },
    async (_request, reply) => {
      const found = await escalationHealth()
      return reply.code(found.status === 'ok' ? 200 : 503).send(found)
    },
  )
}

async function addOperations(scope: Gateway, options: EscalationOptions): Promise<void> {
  await addSharedRateLimits(scope, options.countHit)
  for (const type of ['tick', 'recalc'] as const) {
    const { summary, answer } = OPERATIONS[type]
    scope.post(
      `/ops/escalation/${type}`,
      {
        schema: { body: NothingBody, headers: CommandHeaders },
        config: commandConfig({
          access: 'escalation:write',
          kind: 'command',
          limits: options.limits,
          docs: {
            tag: 'Escalation',
            summary,
            answers: { 200: { description: 'What it led to.', schema: answer } },
          },
        }),
      },
      async (request, reply) =>
        answerCommand({ request, reply }, options, { incidentId: null, command: { type } }),
    )
  }
}
