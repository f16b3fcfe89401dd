import { IncidentId, type IncidentCommand, type ProjectId } from '@portcullis/contracts'
import { incidentIdOf } from '@portcullis/event-log'
import type { Clock } from '@portcullis/runtime'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'

import { answerCommand, type CommandCounter } from '../../commands/answer-command.ts'
import { commandConfig, type CommandLimits } from '../../commands/command-config.ts'
import { CommandHeaders } from '../../commands/command-request.ts'
import type { PeopleSeal } from '../../people-seal/people-seal.ts'
import { addSharedRateLimits } from '../../plugins/rate-limits.ts'
import { problem } from '../../problem/problem.ts'
import type { PersonNamed } from '../../store/people.ts'
import type { CountHit } from '../../store/shared-hits.ts'
import type { Gateway } from '../../zod-routes.ts'
import { commandForms, type CommandForm, openingForm, scopeOf } from './bodies.ts'
import { IncidentBody } from './schemas.ts'

/** What commands on incidents need. */
export interface IncidentCommandOptions extends CommandCounter {
  readonly project: ProjectId
  readonly seal: PeopleSeal
  readonly personNamed: PersonNamed
  readonly countHit: CountHit
  readonly clock: Clock
  readonly limits: CommandLimits
}

const Params = z.object({ id: z.string().describe('Of the incident') })
const Answer = z.object({ ok: z.literal(true), incident: IncidentBody })
const DONE = { description: 'The incident after the command.', schema: Answer }

/** `POST /ops/incidents`, and `POST /ops/incidents/:id/…` for every command there is. */
export async function addIncidentCommands(
  scope: Gateway,
  options: IncidentCommandOptions,
): Promise<void> {
  await addSharedRateLimits(scope, options.countHit)
  const common = { access: 'incidents:write', limits: options.limits } as const
  scope.post(
    '/ops/incidents',
    {
      schema: { body: openingForm.body, headers: CommandHeaders },
      config: commandConfig({
        ...common,
        kind: 'command',
        docs: {
          tag: 'Incidents',
          summary: openingForm.summary,
          answers: { 200: DONE },
          problems: ['INCIDENT_STATE_FORBIDS'],
        },
      }),
    },
    async (request, reply) => {
      const command = await commandIn(request, openingForm, options)
      const incidentId = incidentIdOf(options.project, scopeOf(request.body))
      return answerCommand({ request, reply }, options, { incidentId, command })
    },
  )
  for (const [name, form] of Object.entries(commandForms)) {
    scope.post(
      `/ops/incidents/:id/${name}`,
      {
        schema: { params: Params, body: form.body, headers: CommandHeaders },
        config: commandConfig({
          ...common,
          kind: name === 'ack' ? 'ack' : 'command',
          docs: {
            tag: 'Incidents',
            summary: form.summary,
            answers: { 200: DONE },
            problems: ['NOT_FOUND', 'INCIDENT_STATE_FORBIDS'],
          },
        }),
      },
      async (request, reply) => {
        const incidentId = incidentIdIn(request.params.id)
        const command = await commandIn(request, form, options)
        return answerCommand({ request, reply }, options, { incidentId, command })
      },
    )
  }
}

/** Returns an incident's id from a path. What is no id at all is not found, and told why. */
export function incidentIdIn(text: string): IncidentId {
  const parsed = IncidentId.safeParse(text.toLowerCase())
  if (parsed.success) return parsed.data
  throw problem('NOT_FOUND', {
    errors: [
      {
        field: 'id',
        message: 'is no UUID',
        fix: 'Give the `id` of an incident (GET /ops/incidents).',
      },
    ],
  })
}

async function commandIn<Body extends z.ZodType>(
  { body, principal }: FastifyRequest & { readonly body: z.output<Body> },
  form: CommandForm<Body>,
  { seal, personNamed, clock }: IncidentCommandOptions,
): Promise<IncidentCommand> {
  const text = form.noteOf(body)
  const note = text.trim() === '' ? null : await seal.seal(principal.id, text)
  return form.commandOf(body, { now: clock.now(), note, personNamed })
}
