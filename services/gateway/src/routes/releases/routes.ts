import {
  DEFAULT_ENVIRONMENT,
  EnvironmentName,
  type EpochMs,
  GivenInstant,
  InstantInput,
  instantOf,
  lineOf,
  MINUTE_MS,
  type ProjectId,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import { recentReleases, type ReleaseRow } from '@portcullis/projections'
import type { Clock } from '@portcullis/runtime'
import { z } from 'zod'

import { answerCommand, type CommandCounter } from '../../commands/answer-command.ts'
import { commandConfig, type CommandLimits } from '../../commands/command-config.ts'
import { CommandHeaders } from '../../commands/command-request.ts'
import { NextCursor, PageQuery, pageOf, placeIn } from '../../paging/cursor.ts'
import { addLocalRateLimits, addSharedRateLimits, limited } from '../../plugins/rate-limits.ts'
import { problem } from '../../problem/problem.ts'
import type { CountHit } from '../../store/shared-hits.ts'
import type { Gateway } from '../../zod-routes.ts'
import { ReleaseBody, releaseBodyOf } from './release-body.ts'

export interface ReleaseOptions extends CommandCounter {
  readonly db: Db
  readonly project: ProjectId
  readonly clock: Clock
  readonly countHit: CountHit
  readonly limits: CommandLimits
  readonly readsPerMinute: number
}

/** An announcement may come from a clock that is ahead by so much. */
const AHEAD_MS_MAX = 2 * MINUTE_MS

const AnnouncementBody = z.strictObject({
  service: ServiceName,
  environment: EnvironmentName.default(DEFAULT_ENVIRONMENT),
  version: lineOf(128).pipe(VersionName),
  commit: lineOf(128).nullable().default(null),
  url: lineOf(2_048)
    .refine((text) => /^https?:\/\//u.test(text) && URL.canParse(text), 'must be an http(s) URL')
    .nullable()
    .default(null),
  at: InstantInput.optional().describe('When it went live; now when left out'),
})

const AnnouncementAnswer = z.object({
  ok: z.literal(true),
  is_new: z.boolean(),
  release: ReleaseBody,
})

const ListQuery = PageQuery.extend({
  service: ServiceName.optional(),
  environment: EnvironmentName.optional(),
})
const ListAnswer = z.object({ releases: z.array(ReleaseBody), next_cursor: NextCursor })
const Place = z.strictObject({
  at: GivenInstant,
  service: ServiceName,
  environment: EnvironmentName,
  version: VersionName,
})

/** `POST /v1/releases` and `GET /v1/releases`. */
export async function addReleases(scope: Gateway, options: ReleaseOptions): Promise<void> {
  await scope.register((commands: Gateway) => addAnnouncement(commands, options))
  await scope.register((reads: Gateway) => addList(reads, options))
}

async function addAnnouncement(scope: Gateway, options: ReleaseOptions): Promise<void> {
  const { clock, limits } = options
  await addSharedRateLimits(scope, options.countHit)
  scope.post(
    '/v1/releases',
    {
      schema: { body: AnnouncementBody, headers: CommandHeaders },
      config: commandConfig({
        access: 'releases:write',
        kind: 'command',
        limits,
        docs: {
          tag: 'Releases',
          summary: 'Say that a version went live',
          description:
            'A version is also known by the first sight of it in metrics. Saying it again adds the ' +
            'commit and the URL; naming an older version again makes it the newest: a roll-back.',
          answers: {
            201: { description: 'It was not known before.', schema: AnnouncementAnswer },
            200: { description: 'It was known.', schema: AnnouncementAnswer },
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

async function addList(
  scope: Gateway,
  { db, project, readsPerMinute }: ReleaseOptions,
): Promise<void> {
  await addLocalRateLimits(scope)
  scope.get(
    '/v1/releases',
    {
      schema: { querystring: ListQuery },
      config: {
        access: 'ops:read',
        rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
        docs: {
          tag: 'Releases',
          summary: 'Releases, those that went live last first',
          answers: { 200: { description: 'A page of them.', schema: ListAnswer } },
          problems: ['INVALID_PARAMETER'],
        },
      },
    },
    async ({ query: { limit, cursor, service, environment } }) => {
      const after = cursor === undefined ? null : placeIn(Place, cursor)
      const asked = { service, environment, after, limit: limit + 1 }
      const { rows, nextCursor } = pageOf(await recentReleases(db, project, asked), limit, placeOf)
      return { releases: rows.map(releaseBodyOf), next_cursor: nextCursor }
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

function placeOf({ at, service, environment, version }: ReleaseRow): z.input<typeof Place> {
  return { at, service, environment, version }
}
