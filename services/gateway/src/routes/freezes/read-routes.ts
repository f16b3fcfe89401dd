import { type EpochMs, InstantInput, instantOf, type ProjectId } from '@portcullis/contracts'
import { appliedPolicyOf, type FreezeStanding, freezesAround } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'
import { isoOf, type NameOf, policiesAt, type PolicyRow } from '@portcullis/projections'
import { z } from 'zod'

import type { Reading } from '../../commands/rendering.ts'
import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { Gateway } from '../../zod-routes.ts'

/** What questions about freezes need. */
export interface FreezeReadOptions extends Reading {
  readonly db: Db
  readonly project: ProjectId
  readonly readsPerMinute: number
}

const ListQuery = z.strictObject({
  at: InstantInput.optional().describe('What was, or will be, then; now when left out'),
})

const FreezeBody = z.object({
  name: z.string(),
  status: z.enum(['active', 'next']),
  reason: z.string(),
  from: z.iso.datetime(),
  until: z.iso.datetime().describe('With those that follow it without a gap'),
  selector: z.record(z.string(), z.unknown()).describe('Which releases; all where it is empty'),
  except_labels: z.record(z.string(), z.string()).describe('One of these lets a release through'),
  recurs: z.boolean().describe('It comes again, by a rule'),
  changed_by: z.string(),
  changed_at: z.iso.datetime(),
})
type FreezeBody = z.infer<typeof FreezeBody>
const ListAnswer = z.object({ at: z.iso.datetime(), freezes: z.array(FreezeBody) })

/** `GET /v1/freezes`. */
export async function addFreezeReads(scope: Gateway, options: FreezeReadOptions): Promise<void> {
  await addLocalRateLimits(scope)
  scope.get(
    '/v1/freezes',
    {
      schema: { querystring: ListQuery },
      config: {
        access: 'ops:read',
        rateLimit: limited({ kind: 'read', perMinute: options.readsPerMinute, when: 'early' }),
        docs: {
          tag: 'Freezes',
          summary: 'Freezes that are active, or begin within 30 days',
          description:
            'Those that are in force at that instant, the soonest first; a past one is answered ' +
            'from the log.',
          answers: { 200: { description: 'The freezes.', schema: ListAnswer } },
          problems: ['INVALID_PARAMETER'],
        },
      },
    },
    async ({ query }) => {
      const at = query.at === undefined ? options.clock.now() : instantOf(query.at)
      return { at: isoOf(at), freezes: await freezesAt(options, at) }
    },
  )
}

async function freezesAt(
  { db, project, namesFor }: FreezeReadOptions,
  at: EpochMs,
): Promise<FreezeBody[]> {
  const rows = (await policiesAt(db, project, at)).filter(({ kind }) => kind === 'Freeze')
  const byName = new Map(rows.map((row) => [row.name, row]))
  const freezes = rows.flatMap(({ policyVersion, written }) => {
    const { document } = appliedPolicyOf(policyVersion, written)
    return document.kind === 'Freeze' ? [document] : []
  })
  const nameOf = await namesFor(rows.map(({ changedBy }) => changedBy))
  return freezesAround(freezes, at).map((standing) => {
    return bodyOf(standing, byName.get(standing.freeze.metadata.name)!, nameOf)
  })
}

function bodyOf(
  { freeze: { metadata, spec }, isActive, from, until }: FreezeStanding,
  { changedBy, changedAt }: PolicyRow,
  nameOf: NameOf,
): FreezeBody {
  return {
    name: metadata.name,
    status: isActive ? 'active' : 'next',
    reason: spec.reason,
    from: isoOf(from),
    until: isoOf(until),
    selector: spec.selector,
    except_labels: spec.exceptLabels ?? {},
    recurs: 'rrule' in spec.schedule,
    changed_by: nameOf(changedBy),
    changed_at: isoOf(changedAt),
  }
}
