import {
  EnvironmentName,
  GivenInstant,
  lineOf,
  type ProjectId,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import {
  findRelease,
  recentReleases,
  releaseEvents,
  type ReleaseKey,
  type ReleaseRow,
} from '@portcullis/projections'
import { z } from 'zod'

import { NextCursor, PageQuery, pageOf, placeIn } from '../../paging/cursor.ts'
import type { PeopleSeal } from '../../people-seal/people-seal.ts'
import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import { problem } from '../../problem/problem.ts'
import type { NamesFor } from '../../store/names.ts'
import type { Gateway } from '../../zod-routes.ts'
import { TimelineEntry } from '../incidents/schemas.ts'
import { timelineOf } from '../incidents/timeline.ts'
import { ApprovedReleaseBody, approvedReleaseBodyOf, peopleOfRelease } from './release-body.ts'

/** What questions about releases need. */
export interface ReleaseReadOptions {
  readonly db: Db
  readonly project: ProjectId
  readonly seal: PeopleSeal
  readonly namesFor: NamesFor
  readonly readsPerMinute: number
}

const ListQuery = PageQuery.extend({
  service: ServiceName.optional(),
  environment: EnvironmentName.optional(),
})
const ListAnswer = z.object({ releases: z.array(ApprovedReleaseBody), next_cursor: NextCursor })
const ListPlace = z.strictObject({
  at: GivenInstant,
  service: ServiceName,
  environment: EnvironmentName,
  version: VersionName,
})

/** What is no name at all is not found. */
const Params = z.object({ service: z.string(), environment: z.string(), version: z.string() })
const Version = lineOf(128).pipe(VersionName)
const Key = z.object({ service: ServiceName, environment: EnvironmentName, version: Version })
const OneAnswer = z.object({
  release: ApprovedReleaseBody,
  history: z.array(TimelineEntry).describe('What happened to it, the newest first'),
  next_cursor: NextCursor,
})
const HistoryPlace = z.strictObject({ before: z.int().positive() })

/** `GET /v1/releases`, and one of them with its history. */
export async function addReleaseReads(scope: Gateway, options: ReleaseReadOptions): Promise<void> {
  await addLocalRateLimits(scope)
  addList(scope, options)
  addOne(scope, options)
}

function configOf({ readsPerMinute }: ReleaseReadOptions) {
  return {
    access: 'ops:read',
    rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
  } as const
}

function addList(scope: Gateway, options: ReleaseReadOptions): void {
  const { db, project, namesFor } = options
  scope.get(
    '/v1/releases',
    {
      schema: { querystring: ListQuery },
      config: {
        ...configOf(options),
        docs: {
          tag: 'Releases',
          summary: 'Releases, those that went live last first',
          answers: { 200: { description: 'A page of them.', schema: ListAnswer } },
          problems: ['INVALID_PARAMETER'],
        },
      },
    },
    async ({ query: { limit, cursor, service, environment } }) => {
      const after = cursor === undefined ? null : placeIn(ListPlace, cursor)
      const asked = { service, environment, after, limit: limit + 1 }
      const { rows, nextCursor } = pageOf(await recentReleases(db, project, asked), limit, placeOf)
      const nameOf = await namesFor(rows.flatMap(peopleOfRelease))
      const releases = rows.map((row) => approvedReleaseBodyOf(row, nameOf))
      return { releases, next_cursor: nextCursor }
    },
  )
}

function addOne(scope: Gateway, options: ReleaseReadOptions): void {
  const { db, project, seal, namesFor } = options
  scope.get(
    '/v1/releases/:service/:environment/:version',
    {
      schema: { params: Params, querystring: PageQuery },
      config: {
        ...configOf(options),
        docs: {
          tag: 'Releases',
          summary: 'A release, and what happened to it',
          answers: { 200: { description: 'The release.', schema: OneAnswer } },
          problems: ['NOT_FOUND', 'INVALID_PARAMETER'],
        },
      },
    },
    async ({ params, query: { limit, cursor } }) => {
      const key = keyIn(params)
      const before = cursor === undefined ? null : placeIn(HistoryPlace, cursor).before
      const release = await findRelease(db, project, key)
      if (release === undefined) throw notFound()
      const found = await releaseEvents(db, project, key, { before, limit: limit + 1 })
      const { rows, nextCursor } = pageOf(found, limit, ({ version }) => ({ before: version }))
      const nameOf = await namesFor(peopleOfRelease(release))
      return {
        release: approvedReleaseBodyOf(release, nameOf),
        history: await timelineOf(rows, { seal, namesFor }),
        next_cursor: nextCursor,
      }
    },
  )
}

function keyIn(params: z.output<typeof Params>): ReleaseKey {
  const parsed = Key.safeParse(params)
  if (parsed.success) return parsed.data
  throw notFound()
}

const notFound = () =>
  problem('NOT_FOUND', { detail: 'no such version was ever seen or announced there' })

function placeOf({ at, service, environment, version }: ReleaseRow): z.input<typeof ListPlace> {
  return { at, service, environment, version }
}
