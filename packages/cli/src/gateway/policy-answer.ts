import { z } from 'zod'

import { Instant } from './instant.ts'
import { Waiting } from './waiting.ts'

const Document = z.record(z.string(), z.unknown())

/** `GET /v1/policies`. */
export const PolicyList = z.object({
  policies: z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      version: z.string(),
      mode: z.string().nullable(),
      changed_at: Instant,
      changed_by: z.string(),
      document: Document,
    }),
  ),
})

/** `GET /v1/policies/:kind/:name`. */
export const OnePolicy = z.object({
  policy: z.object({ version: z.string(), at: Instant, by: z.string(), document: Document }),
})

/** `GET /v1/policies/:kind/:name/history`; the newest first. */
export const PolicyHistory = z.object({
  history: z.array(
    z.object({
      change: z.enum(['applied', 'removed']),
      version: z.string().nullable(),
      at: Instant,
      by: z.string(),
      via: z.string(),
      position: z.number(),
    }),
  ),
  next_cursor: z.string().nullable(),
})

const Change = z.object({
  kind: z.string(),
  name: z.string(),
  change: z.enum(['added', 'changed', 'removed', 'unchanged']),
  version: z.string().nullable(),
  previous: z.string().nullable(),
})
export type Change = z.infer<typeof Change>

/** The answer to a change of policies: what changed, or that it still waits to be decided. */
export const ChangesAnswer = z.union([z.object({ changes: z.array(Change) }), Waiting])

/** What `dry_run=true` answers. */
export const DryRunAnswer = z.object({
  dry_run: z.literal(true),
  changes: z.array(Change.extend({ before: Document.nullable(), after: Document.nullable() })),
})
export type DryRunChange = z.infer<typeof DryRunAnswer>['changes'][number]

/** What a refusal says of documents that would not fit together. */
export const Misfits = z.object({
  code: z.literal('POLICIES_DO_NOT_FIT'),
  misfits: z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      path: z.array(z.union([z.string(), z.number()])),
      message: z.string(),
    }),
  ),
})
