import { randomBytes, randomUUID } from 'node:crypto'

import type { CommandId, EpochMs, GatewayRunId, WaiverId } from '@portcullis/contracts'

/**
 * Returns a UUIDv7 (RFC 9562, section 5.7): its first 48 bits are `at`, so that rows made in turn lie
 * side by side in an index. Ids of the same millisecond are in no particular order.
 */
export function timeOrderedUuid(at: EpochMs): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(at, 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}

/** Returns a random UUIDv4, for what must not tell when it was made. */
export function randomUuid(): string {
  return randomUUID()
}

/** Returns `sizeBytes` random bytes as unpadded base64url; 32 make a secret that needs no slow hash. */
export function randomToken(sizeBytes: number): string {
  return randomBytes(sizeBytes).toString('base64url')
}

/** Returns the id of a new command. */
export function newCommandId(at: EpochMs): CommandId {
  return timeOrderedUuid(at) as CommandId
}

/** Returns the id of a new waiver. */
export function newWaiverId(at: EpochMs): WaiverId {
  return timeOrderedUuid(at) as WaiverId
}

/** Returns the id of a gateway run that starts now. */
export function newGatewayRunId(at: EpochMs): GatewayRunId {
  return timeOrderedUuid(at) as GatewayRunId
}

/** Returns a random number from 0 to 1, to spread what would otherwise happen at the same time. */
export function randomShare(): number {
  return Math.random()
}
