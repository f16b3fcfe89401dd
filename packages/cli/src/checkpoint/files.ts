import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import { EpochMs, LogPosition, ProjectId } from '@portcullis/contracts'
import type { SignedCheckpoint } from '@portcullis/event-log'
import { z } from 'zod'

import { EXIT } from '../exit.ts'
import { failure, reasonOf } from '../failure.ts'

/** A signed checkpoint as its file has it. */
const CheckpointFile = z.strictObject({
  project: ProjectId,
  position: LogPosition,
  hash: z.string(),
  recorded_at: EpochMs,
  signature: z.base64(),
})

/** Returns a signed checkpoint as a file of one JSON value. */
export function checkpointText(signed: SignedCheckpoint): string {
  const { project, position, hash, recordedAt, signature } = signed
  const file = { project, position, hash, recorded_at: recordedAt, signature }
  return `${JSON.stringify(file, undefined, 2)}\n`
}

/** Reads a file that `portcullis checkpoint` wrote; throws a sentence when it is none. */
export async function readCheckpointFile(file: string): Promise<SignedCheckpoint> {
  const text = await textOf(file)
  try {
    const { recorded_at: recordedAt, ...signed } = CheckpointFile.parse(JSON.parse(text))
    return { ...signed, recordedAt }
  } catch (error) {
    throw failure(EXIT.usage, `${file} is not what \`portcullis checkpoint\` writes.`, error)
  }
}

/** Reads a private Ed25519 key; throws a sentence when the file holds none. */
export function readPrivateKey(file: string): Promise<KeyObject> {
  return readKey(file, 'private', createPrivateKey)
}

/** Reads a public Ed25519 key; throws a sentence when the file holds none. */
export function readPublicKey(file: string): Promise<KeyObject> {
  return readKey(file, 'public', createPublicKey)
}

async function readKey(
  file: string,
  kind: 'private' | 'public',
  parse: (pem: string) => KeyObject,
): Promise<KeyObject> {
  const key = parsedOrNull(await textOf(file), parse)
  if (key?.asymmetricKeyType === 'ed25519') return key
  throw failure(EXIT.usage, `${file} holds no ${kind} Ed25519 key in PEM.`)
}

function parsedOrNull(pem: string, parse: (pem: string) => KeyObject): KeyObject | null {
  try {
    return parse(pem)
  } catch {
    // OpenSSL's reason ("unsupported") helps nobody.
    return null
  }
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((error: unknown) => {
    throw failure(EXIT.usage, `${file} cannot be read (${reasonOf(error)}).`, error)
  })
}
