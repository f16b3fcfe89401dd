import type { CommandId } from '@portcullis/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'

import type { AskedCommand, CommandDesk } from './command-desk.ts'
import { originOf, wantsAsync } from './command-request.ts'
import { type Reading, renderingOf } from './rendering.ts'

/** The answer to a command that is written and not decided yet. */
export const WaitingAnswer = z.object({
  command_id: z.uuid(),
  status: z.literal('waiting'),
  status_url: z.string().describe('Where its answer will be'),
})

/** What answering commands needs. */
export interface CommandCounter extends Reading {
  readonly desk: CommandDesk
}

/** Submits a request's command and answers the request. */
export async function answerCommand(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  counter: CommandCounter,
  asked: Pick<AskedCommand, 'command' | 'incidentId'>,
): Promise<FastifyReply> {
  const isAsync = wantsAsync(request)
  const { id, state } = await counter.desk.submit({ ...asked, ...originOf(request) }, isAsync)
  const rendering = renderingOf(asked.command, counter)
  switch (state.status) {
    case 'waiting':
      if (isAsync) reply.header('preference-applied', 'respond-async')
      return reply.code(202).header('location', statusUrlOf(id)).send(waitingAnswer(id))
    case 'rejected':
      throw await rendering.rejected(state.result)
    case 'done': {
      const { status, body } = await rendering.done(state.result)
      return reply.code(status).send(body)
    }
  }
}

function waitingAnswer(id: CommandId): z.input<typeof WaitingAnswer> {
  return { command_id: id, status: 'waiting', status_url: statusUrlOf(id) }
}

function statusUrlOf(id: CommandId): string {
  return `/v1/commands/${id}`
}
