import { POLICY_KINDS } from '@portcullis/contracts'
import { z } from 'zod'

const Document = z
  .record(z.string(), z.unknown())
  .describe('As it was written; its schema is docs/policy.schema.json')
const Version = z.string().describe('SHA-256 of what the document says (RFC 8785 canonical JSON)')
const common = { kind: z.enum(POLICY_KINDS), name: z.string() }

/** A document that is in force. */
export const PolicyBody = z.object({
  ...common,
  version: Version,
  mode: z
    .enum(['enforce', 'warn', 'shadow'])
    .nullable()
    .describe('Of a ReleasePolicy; null for others'),
  description: z.string().nullable(),
  changed_at: z.iso.datetime(),
  changed_by: z.string(),
  position: z.int().describe('In the log, of the event that put it in force'),
  document: Document,
})
export type PolicyBody = z.infer<typeof PolicyBody>

/** One thing that happened to a document. */
export const PolicyHistoryEntry = z.object({
  change: z.enum(['applied', 'removed']),
  version: Version.nullable().describe('Null where it was removed'),
  at: z.iso.datetime(),
  by: z.string(),
  via: z.string(),
  position: z.int(),
  document: Document.nullable(),
})
export type PolicyHistoryEntry = z.infer<typeof PolicyHistoryEntry>

/** What becomes, or would become, of one document. */
const PolicyChange = z.object({
  ...common,
  change: z.enum(['added', 'changed', 'removed', 'unchanged']),
  version: Version.nullable().describe('Null where it is removed'),
  previous: Version.nullable().describe('Null where it is new'),
})

export const ChangesAnswer = z.object({
  ok: z.literal(true),
  changes: z.array(PolicyChange),
  position: z.int().nullable().describe('In the log; null where nothing changed'),
})

export const DryRunAnswer = z.object({
  ok: z.literal(true),
  dry_run: z.literal(true),
  changes: z.array(
    PolicyChange.extend({
      before: Document.nullable(),
      after: Document.nullable(),
    }),
  ),
})
