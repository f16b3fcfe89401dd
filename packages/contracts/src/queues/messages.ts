import { z } from 'zod'

import {
  CommandId,
  EnvironmentName,
  GatewayRunId,
  NotificationId,
  PrincipalId,
  ProjectId,
  ServiceName,
  VersionName,
} from '../ids.ts'
import { EpochMs } from '../time.ts'

/** What was answered for a batch; kept with its id, so that a retry gets the same answer. */
export const BatchAnswer = z.strictObject({
  batch_id: z.string().max(256),
  accepted: z.int().nonnegative(),
  rejected: z.array(z.strictObject({ index: z.int().nonnegative(), error: z.string() })),
  /** How many were rejected, where `rejected` lists the first of them only. */
  rejected_total: z.int().positive().optional(),
  /** By how much the instants were corrected, where the sender's clock was wrong. */
  skew_ms: z.int().optional(),
})
export type BatchAnswer = z.infer<typeof BatchAnswer>

/** A batch folded at the edge, on its way to the aggregator. It holds no secret. */
export const MetricBatchMessage = z.strictObject({
  v: z.literal(1),
  project: ProjectId,
  shard: z.int().nonnegative(),
  run: GatewayRunId,
  /** 1, 2, 3 … per gateway run and shard: a missing one is a lost batch. */
  number: z.int().positive(),
  owner: PrincipalId,
  /** Unique per owner for 24 h. */
  batchId: z.string().min(1).max(256),
  /** Hex SHA-256 of the body as received: the same id with another body is refused. */
  bodyHash: z.string().length(64),
  answer: BatchAnswer,
  service: ServiceName,
  environment: EnvironmentName,
  version: VersionName,
  receivedAt: EpochMs,
  observations: z.int().nonnegative(),
  /** base64 of the packed cells (domain, window). */
  cells: z.base64().max(16 * 1024 * 1024),
})
export type MetricBatchMessage = z.infer<typeof MetricBatchMessage>

/** Batches that one job carries at most. */
export const BATCHES_PER_JOB_MAX = 64

/**
 * Batches of one shard that reached a gateway together: a job costs the queue much more than a
 * batch does. Each batch is checked by itself when it is folded, so that a bad one spoils no other.
 */
export const MetricBatchesMessage = z.strictObject({
  v: z.literal(1),
  batches: z.array(z.unknown()).min(1).max(BATCHES_PER_JOB_MAX),
})
export type MetricBatchesMessage = z.infer<typeof MetricBatchesMessage>

/**
 * Returns the id under which the inbox keeps a batch: a batch's id belongs to the key that sent it.
 * Ids of principals have no colon, so that no two batches share one.
 */
export function inboxIdOf({
  owner,
  batchId,
}: Pick<MetricBatchMessage, 'owner' | 'batchId'>): string {
  return `${owner}:${batchId}`
}

/** Ids of `commands` rows that wait for a decision. The truth is in the table: the job is a hint. */
export const CommandsMessage = z.strictObject({
  v: z.literal(1),
  project: ProjectId,
  commandIds: z.array(CommandId).min(1).max(1_000),
})
export type CommandsMessage = z.infer<typeof CommandsMessage>

/** Ids of `outbox` rows that are due. The truth is in the table: the job is a hint. */
export const NotificationMessage = z.strictObject({
  v: z.literal(1),
  project: ProjectId,
  notificationIds: z.array(NotificationId).min(1).max(1_000),
})
export type NotificationMessage = z.infer<typeof NotificationMessage>
