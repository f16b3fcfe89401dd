import type { GatewayRunId } from '@portcullis/contracts'

import { digestOf } from './netstrings.ts'

/** 22 characters of base64url hold 132 bits: enough for ids to be different. */
const DIGEST_LENGTH = 22

/**
 * Returns a job id made from what the job is about: `kind`, a hyphen and a digest of `parts`, so
 * that adding the same work twice is one job while the first is there. BullMQ refuses ids with a
 * colon and takes those of digits alone for its own: `kind` is lower case letters, and base64url has
 * no colon.
 *
 * It is an optimisation only. A finished job is removed and its id is free again: that the effect
 * happens once is the inbox's guarantee.
 */
export function jobIdFor(kind: string, ...parts: readonly string[]): string {
  if (!/^[a-z]+$/u.test(kind))
    throw new Error(`"${kind}" is no kind of job: use lower case letters`)
  const digest = digestOf(['portcullis.job.1', kind, ...parts]).toString('base64url')
  return `${kind}-${digest.slice(0, DIGEST_LENGTH)}`
}

/** Returns the id of the job whose first batch has this number of a gateway's run. */
export function batchJobId(run: GatewayRunId, shard: number, number: number): string {
  return jobIdFor('batch', run, String(shard), String(number))
}
