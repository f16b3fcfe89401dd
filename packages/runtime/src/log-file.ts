import { mkdir, rename, stat } from 'node:fs/promises'
import path from 'node:path'

import { type DestinationStream, pino } from 'pino'

/** A log that grew beyond this is put aside at the next start; one such older file is kept. */
const LOG_BYTES_MAX = 64 * 1_024 * 1_024

/** Opens a log file to be appended to, readable by its owner alone; its folder is made when missing. */
export async function logFileAt(file: string): Promise<DestinationStream> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  if ((await sizeOf(file)) > LOG_BYTES_MAX) await rename(file, `${file}.1`)
  return pino.destination({ dest: file, append: true, sync: true, mode: 0o600 })
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
