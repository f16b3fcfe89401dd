import { z } from 'zod'

import { LogPosition, PrincipalId, ProjectId, ShardSeq } from './ids.ts'
import { EpochMs } from './time.ts'

// One line of an exported log (`portcullis export`): newline-delimited JSON, the log's line first,
// the end's line last, so that a file that was cut short is noticed.

const Sha256Hex = z.string().regex(/^[0-9a-f]{64}$/u, 'must be 64 lower case hex digits')
const Cells = z.base64()
const Count = z.int().nonnegative()

/** What the export is of: where the log's head stands. */
export const ExportedLog = z.strictObject({
  kind: z.literal('log'),
  v: z.literal(1),
  project: ProjectId,
  position: LogPosition,
  chain: Sha256Hex,
  recordedAt: EpochMs,
})
export type ExportedLog = z.infer<typeof ExportedLog>

/** The head of a metric shard, and up to which batch its traffic is compacted into the minutes. */
export const ExportedShard = z.strictObject({
  kind: z.literal('shard'),
  shard: Count,
  seq: ShardSeq,
  recordedAt: EpochMs,
  compactedSeq: ShardSeq,
  compactedAt: EpochMs,
})
export type ExportedShard = z.infer<typeof ExportedShard>

/** A row of `people`: who stands behind an opaque id of the log. */
export const ExportedPerson = z.strictObject({
  kind: z.literal('person'),
  personId: PrincipalId,
  subject: z.string().nullable(),
  name: z.string().nullable(),
  /** base64 of the key of the person's free text; null unless keys were asked for. */
  dataKey: z.base64().nullable(),
  createdAt: EpochMs,
  erasedAt: EpochMs.nullable(),
})
export type ExportedPerson = z.infer<typeof ExportedPerson>

/** A row of `events`. `data` and `meta` are the stored text, byte for byte: the hash covers it. */
export const ExportedEvent = z.strictObject({
  kind: z.literal('event'),
  position: LogPosition,
  stream: z.string(),
  version: z.int().positive(),
  type: z.string(),
  schemaVersion: z.int().positive(),
  data: z.string(),
  meta: z.string(),
  occurredAt: EpochMs,
  recordedAt: EpochMs,
  hash: Sha256Hex,
})
export type ExportedEvent = z.infer<typeof ExportedEvent>

/** A row of `metric_batches`; `cells` in base64. */
export const ExportedBatch = z.strictObject({
  kind: z.literal('batch'),
  shard: Count,
  seq: ShardSeq,
  recordedAt: EpochMs,
  owner: z.string(),
  batchId: z.string(),
  run: z.guid(),
  number: Count,
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  receivedAt: EpochMs,
  observations: Count,
  cells: Cells,
  hash: Sha256Hex,
})
export type ExportedBatch = z.infer<typeof ExportedBatch>

/** A row of `metric_minutes`; `cells` in base64. */
export const ExportedMinutes = z.strictObject({
  kind: z.literal('minutes'),
  service: z.string(),
  environment: z.string(),
  route: z.string(),
  hourStart: EpochMs,
  cells: Cells,
})
export type ExportedMinutes = z.infer<typeof ExportedMinutes>

/** How many lines of each kind came before. */
export const ExportedEnd = z.strictObject({
  kind: z.literal('end'),
  shards: Count,
  people: Count,
  events: Count,
  batches: Count,
  minutes: Count,
})
export type ExportedEnd = z.infer<typeof ExportedEnd>

export const ExportedLine = z.discriminatedUnion('kind', [
  ExportedLog,
  ExportedShard,
  ExportedPerson,
  ExportedEvent,
  ExportedBatch,
  ExportedMinutes,
  ExportedEnd,
])
export type ExportedLine = z.infer<typeof ExportedLine>
