import {
  DEFAULT_ENVIRONMENT,
  EnvironmentName,
  lineOf,
  proseOf,
  type Role,
  type Scope,
  type SealedText,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'
import type { ReleaseCommand } from '@portcullis/domain'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'

import { answerCommand, type CommandCounter } from '../../commands/answer-command.ts'
import { commandConfig, type CommandLimits } from '../../commands/command-config.ts'
import { CommandHeaders } from '../../commands/command-request.ts'
import type { PeopleSeal } from '../../people-seal/people-seal.ts'
import { addSharedRateLimits } from '../../plugins/rate-limits.ts'
import { problem } from '../../problem/problem.ts'
import type { CountHit } from '../../store/shared-hits.ts'
import type { Gateway } from '../../zod-routes.ts'
import { NOTE_LENGTH_MAX } from '../incidents/bodies.ts'
import { ApprovedReleaseBody } from './release-body.ts'

/** What commands on releases need. */
export interface ReleaseCommandOptions extends CommandCounter {
  readonly seal: PeopleSeal
  readonly countHit: CountHit
  readonly limits: CommandLimits
}

const Body = z.strictObject({
  service: ServiceName,
  environment: EnvironmentName.default(DEFAULT_ENVIRONMENT),
  version: lineOf(128).pipe(VersionName),
  reason: proseOf(NOTE_LENGTH_MAX).optional().describe('Kept with the command, encrypted'),
})

const Answer = z.object({ ok: z.literal(true), release: ApprovedReleaseBody })
const DONE = {
  description: 'The release after the command; where it was so already, nothing changed.',
  schema: Answer,
}

/** What all of the commands name, and why they were given. */
type Told = Pick<ReleaseCommand, 'service' | 'environment' | 'version' | 'note'>

interface CommandForm {
  readonly access: Scope
  readonly summary: string
  readonly description: string
  readonly commandOf: (told: Told, role: () => Role) => ReleaseCommand
}

const FORMS: Readonly<Record<string, CommandForm>> = {
  promote: {
    access: 'releases:write',
    summary: 'Say that all traffic goes to a release',
    description: 'From `running`. Not where a release after it has all the traffic already.',
    commandOf: (told) => ({ type: 'promote_release', ...told }),
  },
  finish: {
    access: 'releases:write',
    summary: 'Say that a release is the baseline now',
    description: 'From `running` or `promoted`; with the same exception as a promotion.',
    commandOf: (told) => ({ type: 'finish_release', ...told }),
  },
  rollback: {
    access: 'releases:write',
    summary: 'Say that a release was live and was taken back',
    description:
      'From `running`, `promoted` or `finished`. Where it is the newest release, the newest one before it that ' +
      'was not taken back is live again: `rolled_back_to`.',
    commandOf: (told) => ({ type: 'rollback_release', ...told }),
  },
  abort: {
    access: 'releases:write',
    summary: 'Say that a release goes no further',
    description: 'From `running`. What ran beside it goes on, and is the newest release again.',
    commandOf: (told) => ({ type: 'abort_release', ...told }),
  },
  approve: {
    access: 'releases:approve',
    summary: 'Say yes to a release',
    description:
      'Counts once for each person or key, with the role of this moment; a repetition renews nothing. It holds ' +
      'for this run of the release.',
    commandOf: (told, role) => ({ type: 'approve_release', ...told, role: role() }),
  },
  'revoke-approval': {
    access: 'releases:approve',
    summary: 'Take one’s yes to a release back',
    description: 'Only one’s own, while the run of the release goes on.',
    commandOf: (told) => ({ type: 'revoke_approval', ...told }),
  },
}

/** `POST /v1/releases/promote` and the other commands on a release that is known. */
export async function addReleaseCommands(
  scope: Gateway,
  options: ReleaseCommandOptions,
): Promise<void> {
  await addSharedRateLimits(scope, options.countHit)
  for (const [name, { access, summary, description, commandOf }] of Object.entries(FORMS)) {
    scope.post(
      `/v1/releases/${name}`,
      {
        schema: { body: Body, headers: CommandHeaders },
        config: commandConfig({
          access,
          kind: 'command',
          limits: options.limits,
          docs: {
            tag: 'Releases',
            summary,
            description,
            answers: { 200: DONE },
            problems: ['NOT_FOUND', 'RELEASE_STATE_FORBIDS'],
          },
        }),
      },
      async (request, reply) => {
        const { reason = '', ...named } = request.body
        const note = await noteOf(request, reason, options)
        const command = commandOf({ ...named, note }, () => roleOf(request))
        return answerCommand({ request, reply }, options, { incidentId: null, command })
      },
    )
  }
}

async function noteOf(
  { principal }: FastifyRequest,
  reason: string,
  { seal }: ReleaseCommandOptions,
): Promise<SealedText | null> {
  return reason.trim() === '' ? null : seal.seal(principal.id, reason)
}

function roleOf({ principal: { role } }: FastifyRequest): Role {
  // Nobody without a role has a scope but that of the guard.
  if (role === null) throw problem('UNAUTHENTICATED')
  return role
}
