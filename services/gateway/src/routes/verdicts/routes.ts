import { EnvironmentName, LogPosition, type ProjectId, ServiceName } from '@portcullis/contracts'
import { type Db, readTypeBackwards } from '@portcullis/event-log'
import { isVerdictChange, verdictChangeToWire } from '@portcullis/projections'
import { z } from 'zod'

import { NextCursor, PageQuery, pageOf, placeIn } from '../../paging/cursor.ts'
import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { Gateway } from '../../zod-routes.ts'
import { addVerdictStream, type VerdictStreamOptions } from './stream.ts'
import { VerdictChange } from './verdict-change.ts'

export interface VerdictOptions extends VerdictStreamOptions {
  readonly db: Db
  readonly project: ProjectId
  readonly readsPerMinute: number
}

const Query = PageQuery.extend({
  service: ServiceName.optional(),
  environment: EnvironmentName.optional(),
})
const Answer = z.object({ verdicts: z.array(VerdictChange), next_cursor: NextCursor })
const Place = z.strictObject({ before: LogPosition })

/** `GET /v1/verdicts`, and the same as a stream. */
export async function addVerdicts(scope: Gateway, options: VerdictOptions): Promise<void> {
  const { db, project, readsPerMinute } = options
  await addLocalRateLimits(scope)
  const rateLimit = limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' })
  scope.get(
    '/v1/verdicts',
    {
      schema: { querystring: Query },
      config: {
        access: 'ops:read',
        rateLimit,
        docs: {
          tag: 'Guard',
          summary: 'How verdicts changed, the newest first',
          description:
            'Recorded for every service and environment whether anybody asks or not, also what policies ' +
            'say that are only tried.',
          answers: { 200: { description: 'A page of it.', schema: Answer } },
          problems: ['INVALID_PARAMETER'],
        },
      },
    },
    async ({ query: { limit, cursor, ...where } }) => {
      const before = cursor === undefined ? null : placeIn(Place, cursor).before
      const range = { type: 'verdict.changed', before, where, limit: limit + 1 } as const
      const found = (await readTypeBackwards(db, project, range)).filter(isVerdictChange)
      const { rows, nextCursor } = pageOf(found, limit, ({ position }) => ({ before: position }))
      return { verdicts: rows.map(verdictChangeToWire), next_cursor: nextCursor }
    },
  )
  addVerdictStream(scope, options, rateLimit)
}
