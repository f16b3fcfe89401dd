import {
  EnvironmentName,
  GivenInstant,
  type ProjectId,
  ServiceName,
  WaiverId,
} from '@portcullis/contracts'
import { WAIVER_STATUSES } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'
import { findWaiver, listWaivers, type WaiverRow } from '@portcullis/projections'
import { z } from 'zod'

import type { Reading } from '../../commands/rendering.ts'
import { NextCursor, PageQuery, pageOf, placeIn } from '../../paging/cursor.ts'
import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import { problem } from '../../problem/problem.ts'
import type { Gateway } from '../../zod-routes.ts'
import { waiverIdIn } from './change-routes.ts'
import { WaiverBody } from './schemas.ts'
import { waiverBodiesOf } from './waiver-body.ts'

/** What questions about waivers need. */
export interface WaiverReadOptions extends Reading {
  readonly db: Db
  readonly project: ProjectId
  readonly readsPerMinute: number
}

const ListQuery = PageQuery.extend({
  status: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(WAIVER_STATUSES)).min(1).max(WAIVER_STATUSES.length))
    .default([...WAIVER_STATUSES])
    .describe('`active`, `pending`, `ended`, `revoked`; several are separated by commas'),
  service: ServiceName.optional(),
  environment: EnvironmentName.optional(),
})
const Place = z.strictObject({ grantedAt: GivenInstant, id: WaiverId })
const ListAnswer = z.object({ waivers: z.array(WaiverBody), next_cursor: NextCursor })
const OneAnswer = z.object({ waiver: WaiverBody })

/** `GET /v1/waivers` and `GET /v1/waivers/:id`. */
export async function addWaiverReads(scope: Gateway, options: WaiverReadOptions): Promise<void> {
  await addLocalRateLimits(scope)
  addList(scope, options)
  addOne(scope, options)
}

function configOf({ readsPerMinute }: WaiverReadOptions) {
  return {
    access: 'ops:read',
    rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
  } as const
}

function addList(scope: Gateway, options: WaiverReadOptions): void {
  const { db, project, clock } = options
  scope.get(
    '/v1/waivers',
    {
      schema: { querystring: ListQuery },
      config: {
        ...configOf(options),
        docs: {
          tag: 'Waivers',
          summary: 'Waivers, those that were granted last first',
          answers: { 200: { description: 'A page of them.', schema: ListAnswer } },
          problems: ['INVALID_PARAMETER'],
        },
      },
    },
    async ({ query: { limit, cursor, status: statuses, ...filter } }) => {
      const after = cursor === undefined ? null : placeIn(Place, cursor)
      const asked = { ...filter, statuses, now: clock.now(), after, limit: limit + 1 }
      const { rows, nextCursor } = pageOf(await listWaivers(db, project, asked), limit, placeOf)
      return { waivers: await waiverBodiesOf(rows, options), next_cursor: nextCursor }
    },
  )
}

function addOne(scope: Gateway, options: WaiverReadOptions): void {
  const { db, project } = options
  scope.get(
    '/v1/waivers/:id',
    {
      schema: { params: z.object({ id: z.string() }) },
      config: {
        ...configOf(options),
        docs: {
          tag: 'Waivers',
          summary: 'A waiver: who let what through, why and until when',
          answers: { 200: { description: 'The waiver.', schema: OneAnswer } },
          problems: ['NOT_FOUND'],
        },
      },
    },
    async ({ params }) => {
      const row = await findWaiver(db, project, { id: waiverIdIn(params.id) })
      if (row === undefined) {
        throw problem('NOT_FOUND', { detail: 'there is no waiver of that id' })
      }
      const [waiver] = await waiverBodiesOf([row], options)
      return { waiver: waiver! }
    },
  )
}

function placeOf({ waiver }: WaiverRow): z.input<typeof Place> {
  return { grantedAt: waiver.grantedAt, id: waiver.waiverId }
}
