import { type KeyObject, sign, verify } from 'node:crypto'

import type { EpochMs, LogPosition, ProjectId } from '@portcullis/contracts'

import type { Db } from './db.ts'
import { storedHashAt } from './event-hash.ts'
import { netstring } from './netstring.ts'
import { millisecondsOf } from './stored-event.ts'

/** Where a chain stood at a moment. Kept outside, it shows whether the log was rewritten since. */
export interface Checkpoint {
  readonly project: ProjectId
  readonly position: LogPosition
  /** Hash of the event at that position, in hex; it covers every event before it. */
  readonly hash: string
  readonly recordedAt: EpochMs
}

export interface SignedCheckpoint extends Checkpoint {
  /** base64 of the Ed25519 signature. */
  readonly signature: string
}

/** Returns the checkpoint of the log's head. Throws when the project has no log. */
export async function readCheckpoint(db: Db, project: ProjectId): Promise<Checkpoint> {
  const { rows } = await db.query<{ position: number; hash: string; recorded_at: number }>(
    `select position::float8, encode(chain, 'hex') as hash,
       date_part('epoch', recorded_at) as recorded_at
     from log_heads where project_id = $1`,
    [project],
  )
  const head = rows[0]
  if (head === undefined) throw new Error(`Project ${project} has no log.`)
  const { position, hash, recorded_at } = head
  return {
    project,
    position: position as LogPosition,
    hash,
    recordedAt: millisecondsOf(recorded_at),
  }
}

/** Returns the checkpoint with an Ed25519 signature of its four fields. */
export function signCheckpoint(checkpoint: Checkpoint, privateKey: KeyObject): SignedCheckpoint {
  const signature = sign(null, signedTextOf(checkpoint), privateKey).toString('base64')
  return { ...checkpoint, signature }
}

/** Tells whether the owner of the key signed exactly this checkpoint. */
export function verifyCheckpoint(checkpoint: SignedCheckpoint, publicKey: KeyObject): boolean {
  const signature = Buffer.from(checkpoint.signature, 'base64')
  return verify(null, signedTextOf(checkpoint), publicKey, signature)
}

/**
 * Tells whether the log still is what it was at the checkpoint. Whoever owns the database can rewrite
 * events, hashes and head together, so that `verifyChain` finds nothing; a checkpoint that had left
 * the machine then does not hold, nor does one of a log that was cut short.
 */
export async function checkpointHolds(db: Db, checkpoint: Checkpoint): Promise<boolean> {
  const { project, position, hash } = checkpoint
  return (await storedHashAt(db, project, position)) === hash
}

function signedTextOf({ project, position, hash, recordedAt }: Checkpoint): Buffer {
  const fields = ['portcullis.checkpoint.1', project, String(position), hash, String(recordedAt)]
  return Buffer.from(fields.map(netstring).join(''))
}
