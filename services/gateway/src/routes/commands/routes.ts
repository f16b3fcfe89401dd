import { CommandId, type IncidentCommandType, type OperationsCommand } from '@portcullis/contracts'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'

import type { CommandCounter } from '../../commands/answer-command.ts'
import type { WrittenCommand } from '../../commands/command-rows.ts'
import { renderingOf } from '../../commands/rendering.ts'
import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import { problem, problemBody } from '../../problem/problem.ts'
import type { Gateway } from '../../zod-routes.ts'

export interface CommandStatusOptions extends CommandCounter {
  readonly readsPerMinute: number
}

const Answer = z.object({
  command_id: z.uuid(),
  command: z.string().describe('`ack`, for example'),
  incident_id: z.uuid().nullable(),
  status: z.enum(['waiting', 'done', 'rejected']),
  accepted_at: z.iso.datetime(),
  decided_at: z.iso.datetime().nullable(),
  answer: z.looseObject({}).nullable().describe('What it was answered with, once it is done'),
  problem: z.looseObject({}).nullable().describe('Why it was refused (RFC 9457)'),
})
type Answer = z.input<typeof Answer> & {
  readonly command: IncidentCommandType | OperationsCommand['type']
}

/** `GET /v1/commands/:id`: what became of a command that was answered with 202. */
export async function addCommandStatus(
  scope: Gateway,
  options: CommandStatusOptions,
): Promise<void> {
  await addLocalRateLimits(scope)
  scope.get(
    '/v1/commands/:id',
    {
      schema: { params: z.object({ id: z.string() }) },
      config: {
        access: 'anyone known',
        rateLimit: limited({
          kind: 'read',
          perMinute: options.readsPerMinute,
          when: 'early',
        }),
        docs: {
          tag: 'Commands',
          summary: 'What became of a command',
          description:
            'Whoever sent it may ask, and whoever has `ops:read`. Decided commands are kept for ' +
            '`PORTCULLIS_KEEP_COMMANDS_DAYS`.',
          answers: { 200: { description: 'Its state, and its answer.', schema: Answer } },
          problems: ['NOT_FOUND'],
        },
      },
    },
    async (request) => {
      const id = CommandId.safeParse(request.params.id)
      const found = id.success ? await options.desk.find(id.data) : undefined
      if (found === undefined || !maySee(request, found)) {
        throw problem('NOT_FOUND', { detail: 'there is no command of that id' })
      }
      return answerOf(found, request, options)
    },
  )
}

/** Somebody else's command is not there, rather than forbidden: which ids exist is nobody's business. */
function maySee({ principal }: FastifyRequest, { actor }: WrittenCommand): boolean {
  return principal.id === actor.id || principal.scopes.includes('ops:read')
}

async function answerOf(
  { id, command, incidentId, state, acceptedAt, decidedAt }: WrittenCommand,
  request: FastifyRequest,
  options: CommandStatusOptions,
): Promise<Answer> {
  const rendering = renderingOf(command, options)
  const done = state.status === 'done' ? await rendering.done(state.result) : null
  const refused = state.status === 'rejected' ? await rendering.rejected(state.result) : null
  return {
    command_id: id,
    command: command.type,
    incident_id: incidentId,
    status: state.status,
    accepted_at: new Date(acceptedAt).toISOString(),
    decided_at: decidedAt === null ? null : new Date(decidedAt).toISOString(),
    answer: done === null ? null : { ...done.body },
    problem: refused === null ? null : problemBody(refused, request.id),
  }
}
