import { PolicyKind, PolicyName, type ProjectId, type RecordedEvent } from '@portcullis/contracts'
import { type Db, policyStream, readStream, readStreamBackwards } from '@portcullis/event-log'
import { readPolicies } from '@portcullis/projections'
import { z } from 'zod'

import { NextCursor, PageQuery, pageOf, placeIn } from '../../paging/cursor.ts'
import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import { problem } from '../../problem/problem.ts'
import type { NamesFor } from '../../store/names.ts'
import type { Gateway } from '../../zod-routes.ts'
import { historyEntryOf, policyBodyOf } from './policy-body.ts'
import { PolicyBody, PolicyHistoryEntry } from './schemas.ts'

/** What questions about policies need. */
export interface PolicyReadOptions {
  readonly db: Db
  readonly project: ProjectId
  readonly namesFor: NamesFor
  readonly readsPerMinute: number
}

/** What names a document; what is none of them is not found. */
export const PolicyParams = z.object({
  kind: z.string().describe('`ReleasePolicy`, `Slo` or `Freeze`'),
  name: z.string(),
})

/** Returns which document a path names. Throws NOT_FOUND where there can be none. */
export function policyIn({ kind, name }: z.output<typeof PolicyParams>): {
  readonly kind: PolicyKind
  readonly name: PolicyName
} {
  const parsed = z.object({ kind: PolicyKind, name: PolicyName }).safeParse({ kind, name })
  if (parsed.success) return parsed.data
  throw notFound()
}

const notFound = () =>
  problem('NOT_FOUND', { detail: 'nothing of that kind and name was ever in force' })

const ListQuery = z.strictObject({ kind: PolicyKind.optional() })
const ListAnswer = z.object({ policies: z.array(PolicyBody) })
const OneQuery = z.strictObject({
  version: z
    .string()
    .regex(/^[0-9a-f]{8,64}$/u, 'must be a version, or at least 8 of its first digits')
    .optional()
    .describe('One that was in force before; what is in force when left out'),
})
const OneAnswer = z.object({
  policy: PolicyHistoryEntry.extend({ kind: z.string(), name: z.string() }),
})
const HistoryAnswer = z.object({
  history: z.array(PolicyHistoryEntry).describe('The newest first'),
  next_cursor: NextCursor,
})
const Place = z.strictObject({ before: z.int().positive() })

/** `GET /v1/policies`, and one of them with its history. */
export async function addPolicyReads(scope: Gateway, options: PolicyReadOptions): Promise<void> {
  await addLocalRateLimits(scope)
  addList(scope, options)
  addOne(scope, options)
  addHistory(scope, options)
}

function configOf({ readsPerMinute }: PolicyReadOptions) {
  return {
    access: 'ops:read',
    rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
  } as const
}

function addList(scope: Gateway, options: PolicyReadOptions): void {
  const { db, project, namesFor } = options
  scope.get(
    '/v1/policies',
    {
      schema: { querystring: ListQuery },
      config: {
        ...configOf(options),
        docs: {
          tag: 'Policies',
          summary: 'What is in force: policies, objectives and freezes',
          answers: { 200: { description: 'By kind and name.', schema: ListAnswer } },
          problems: ['INVALID_PARAMETER'],
        },
      },
    },
    async ({ query: { kind } }) => {
      const rows = (await readPolicies(db, project)).filter((row) => {
        return !row.isRemoved && (kind === undefined || row.kind === kind)
      })
      const nameOf = await namesFor(rows.map(({ changedBy }) => changedBy))
      return { policies: rows.map((row) => policyBodyOf(row, nameOf)) }
    },
  )
}

function addOne(scope: Gateway, options: PolicyReadOptions): void {
  const { db, project, namesFor } = options
  scope.get(
    '/v1/policies/:kind/:name',
    {
      schema: { params: PolicyParams, querystring: OneQuery },
      config: {
        ...configOf(options),
        docs: {
          tag: 'Policies',
          summary: 'One document: what is in force, or a version that was',
          answers: { 200: { description: 'The document.', schema: OneAnswer } },
          problems: ['NOT_FOUND', 'INVALID_PARAMETER'],
        },
      },
    },
    async ({ params, query: { version } }) => {
      const { kind, name } = policyIn(params)
      const stream = policyStream(kind, name)
      const newest = { before: null, limit: 1 }
      const [last] = await readStreamBackwards(db, { project, stream }, newest)
      if (last === undefined) throw notFound()
      const found =
        version === undefined
          ? last
          : (await readStream(db, project, stream)).findLast(isVersion(version))
      if (found === undefined) throw neverSo()
      if (found.type === 'policy.removed') throw removed()
      const nameOf = await namesFor([found.meta.actor.id])
      return { policy: { kind, name, ...historyEntryOf(found, nameOf) } }
    },
  )
}

const neverSo = () => problem('NOT_FOUND', { detail: 'it never had that version' })
const removed = () =>
  problem('NOT_FOUND', {
    detail: 'it was removed; its history is at …/history, and `version` shows what it was',
  })

function isVersion(start: string): (event: RecordedEvent) => boolean {
  return (event) => event.type === 'policy.applied' && event.data.version.startsWith(start)
}

function addHistory(scope: Gateway, options: PolicyReadOptions): void {
  const { db, project, namesFor } = options
  scope.get(
    '/v1/policies/:kind/:name/history',
    {
      schema: { params: PolicyParams, querystring: PageQuery },
      config: {
        ...configOf(options),
        docs: {
          tag: 'Policies',
          summary: 'What happened to a document, the newest first',
          answers: { 200: { description: 'A page of it.', schema: HistoryAnswer } },
          problems: ['NOT_FOUND', 'INVALID_PARAMETER'],
        },
      },
    },
    async ({ params, query: { limit, cursor } }) => {
      const { kind, name } = policyIn(params)
      const before = cursor === undefined ? null : placeIn(Place, cursor).before
      const stream = policyStream(kind, name)
      const found = await readStreamBackwards(db, { project, stream }, { before, limit: limit + 1 })
      if (found.length === 0 && before === null) throw notFound()
      const { rows, nextCursor } = pageOf(found, limit, (event) => ({ before: event.version }))
      const nameOf = await namesFor(rows.map(({ meta }) => meta.actor.id))
      return {
        history: rows.map((event) => historyEntryOf(event, nameOf)),
        next_cursor: nextCursor,
      }
    },
  )
}
