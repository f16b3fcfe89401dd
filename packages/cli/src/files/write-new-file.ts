import { type FileHandle, open, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { EXIT } from '../exit.ts'
import { failure, reasonOf } from '../failure.ts'

/**
 * Writes a file that was not there before, readable by its owner alone, and returns when it is on
 * disk. What could not be written whole is removed.
 */
export async function writeNewFile(file: string, lines: AsyncIterable<string>): Promise<void> {
  const handle = await openNew(file)
  try {
    await pipeline(Readable.from(lines), handle.createWriteStream({ flush: true }))
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
}

async function openNew(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600)
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    const why = isThere
      ? 'is there already: choose another name'
      : `cannot be written (${reasonOf(error)})`
    throw failure(EXIT.usage, `${file} ${why}.`, error)
  }
}
