import { DEFAULT_PROJECT, type EpochMs } from '@portcullis/contracts'
import { verifyBatches, verifyChain } from '@portcullis/event-log'
import { verifyProjections, verifySeals } from '@portcullis/projections'
import type { Pool } from 'pg'

/**
 * Does what `portcullis verify` and `portcullis replay --verify` do, and returns a sentence for
 * everything that is not as it should be.
 */
export async function faultsOfTruth(pool: Pool): Promise<string[]> {
  const chain = await verifyChain(pool, DEFAULT_PROJECT)
  const batches = await verifyBatches(pool, DEFAULT_PROJECT)
  const seals = await verifySeals(pool, DEFAULT_PROJECT, 0 as EpochMs)
  const broken = [chain, batches, seals].flatMap(({ mismatch }) =>
    mismatch === null ? [] : [mismatch.detail],
  )
  if (chain.mismatch !== null || batches.mismatch !== null) return broken
  const { differences } = await verifyProjections(pool, DEFAULT_PROJECT)
  return [...broken, ...differences.map((one) => `A projection differs: ${JSON.stringify(one)}`)]
}
