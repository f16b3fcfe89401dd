import type { EpochMs, LogPosition } from '@portcullis/contracts'
import { checkpointHolds, type Db, verifyCheckpoint } from '@portcullis/event-log'

import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'
import { instantText } from '../terminal/instant.ts'
import { readCheckpointFile, readPublicKey } from './files.ts'

/** What a look at a checkpoint found. */
export interface CheckpointReport {
  readonly position: LogPosition
  readonly recordedAt: EpochMs
  readonly mismatch: { readonly detail: string } | null
}

/** The files of a checkpoint that is to be checked. */
export interface CheckpointFiles {
  readonly checkpoint: string
  readonly publicKey: string
}

/** Returns the files that were named, null where none were; throws where one of the two is missing. */
export function checkpointFilesOf(
  checkpoint: string | undefined,
  publicKey: string | undefined,
): CheckpointFiles | null {
  if (checkpoint === undefined && publicKey === undefined) return null
  if (checkpoint !== undefined && publicKey !== undefined) return { checkpoint, publicKey }
  throw failure(EXIT.usage, '--checkpoint and --public-key go together.')
}

/** Tells whether a signed checkpoint is genuine, and whether the log still is what it was then. */
export async function judgeCheckpoint(
  db: Db,
  { checkpoint: file, publicKey }: CheckpointFiles,
): Promise<CheckpointReport> {
  const key = await readPublicKey(publicKey)
  const checkpoint = await readCheckpointFile(file)
  const { position, recordedAt } = checkpoint
  const found = (detail: string | null): CheckpointReport => ({
    position,
    recordedAt,
    mismatch: detail === null ? null : { detail },
  })
  if (!verifyCheckpoint(checkpoint, key)) {
    return found('The checkpoint was not signed with that key, or was altered since.')
  }
  if (!(await checkpointHolds(db, checkpoint))) {
    const when = instantText(recordedAt)
    return found(`The log is not what was signed: another one ended at ${position} on ${when}.`)
  }
  return found(null)
}
