import { METRIC_SHARDS, type ProjectId, type ServiceName } from '@portcullis/contracts'

import { digestOf } from './netstrings.ts'

/**
 * Returns the metric shard of a service, 0 … METRIC_SHARDS - 1: the first four bytes (big endian) of
 * SHA-256 over the netstrings `portcullis.shard.1`, project, service, modulo the number of shards.
 * It must never change: the batches of a service are numbered and stored per shard.
 */
export function shardOf(project: ProjectId, service: ServiceName): number {
  return digestOf(['portcullis.shard.1', project, service]).readUInt32BE(0) % METRIC_SHARDS
}
