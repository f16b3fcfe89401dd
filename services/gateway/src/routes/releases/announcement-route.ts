import {
  DEFAULT_ENVIRONMENT,
  EnvironmentName,
  type EpochMs,
  InstantInput,
  instantOf,
  Labels,
  lineOf,
  MINUTE_MS,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'
import type { Clock } from '@portcullis/runtime'
import { z } from 'zod'

import { answerCommand, type CommandCounter } from '../../commands/answer-command.ts'
import { commandConfig, type CommandLimits } from '../../commands/command-config.ts'
import { CommandHeaders } from '../../commands/command-request.ts'
import { addSharedRateLimits } from '../../plugins/rate-limits.ts'
import { problem } from '../../problem/problem.ts'
import type { CountHit } from '../../store/shared-hits.ts'
import type { Gateway } from '../../zod-routes.ts'
import { ApprovedReleaseBody } from './release-body.ts'

/** What an announcement needs. */
export interface AnnouncementOptions extends CommandCounter {
  readonly clock: Clock
  readonly countHit: CountHit
  readonly limits: CommandLimits
}

/** An announcement may come from a clock that is ahead by so much. */
const AHEAD_MS_MAX = 2 * MINUTE_MS

const Body = z.strictObject({
  service: ServiceName,
  environment: EnvironmentName.default(DEFAULT_ENVIRONMENT),
  version: lineOf(128).pipe(VersionName),
  commit: lineOf(128).nullable().default(null),
  url: lineOf(2_048)
    .refine((text) => /^https?:\/\//u.test(text) && URL.canParse(text), 'must be an http(s) URL')
    .nullable()
    .default(null),
  labels: Labels.default({}).describe(
    'At most 32, as policies select by them; they replace those that were known, and no label at all leaves them',
  ),
  at: InstantInput.optional().describe('When it went live; now when left out'),
})

const Answer = z.object({
  ok: z.literal(true),
  is_new: z.boolean(),
  release: ApprovedReleaseBody,
})

const DESCRIPTION = `A version is also known by the first sight of it in metrics. Saying it again adds the
commit, the URL and the labels; naming an older version again makes it the newest: a roll-back.

Of a version that is finished, rolled back or aborted it begins a new run, which needs new approvals.`

/** `POST /v1/releases`. */
export async function addAnnouncement(scope: Gateway, options: AnnouncementOptions): Promise<void> {
  const { clock, limits } = options
  await addSharedRateLimits(scope, options.countHit)
  scope.post(
    '/v1/releases',
    {
      schema: { body: Body, headers: CommandHeaders },
      config: commandConfig({
        access: 'releases:write',
        kind: 'command',
        limits,
        docs: {
          tag: 'Releases',
          summary: 'Say that a version went live',
          description: DESCRIPTION,
          answers: {
            201: { description: 'It was not known before.', schema: Answer },
            200: { description: 'It was known.', schema: Answer },
          },
        },
      }),
    },
    async (request, reply) => {
      const { at, ...announced } = request.body
      const command = {
        type: 'announce_release',
        ...announced,
        at: wentLiveAt(at, clock.now()),
      } as const
      return answerCommand({ request, reply }, options, { incidentId: null, command })
    },
  )
}

function wentLiveAt(at: InstantInput | undefined, now: EpochMs): EpochMs {
  if (at === undefined) return now
  const instant = instantOf(at)
  if (instant <= now + AHEAD_MS_MAX) return instant
  throw problem('INVALID_BODY', {
    errors: [
      {
        field: '/at',
        message: 'is in the future',
        fix: 'Give an instant that is over or at most two minutes ahead, or none.',
      },
    ],
  })
}
