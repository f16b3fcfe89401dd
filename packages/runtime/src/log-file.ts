import { renameSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'

import { type DestinationStream, pino } from 'pino'

/** A log that reaches this is put aside as `<name>.1`, which replaces the one before. */
const LOG_BYTES_MAX = 64 * 1_024 * 1_024

/**
 * Opens a log file to be appended to, readable by its owner alone; its folder is made when missing.
 * Together with the older one that is kept it stays below twice `bytesMax`, so only one process may
 * write to it: another one would go on in the file that was put aside.
 */
export async function logFileAt(
  file: string,
  bytesMax: number = LOG_BYTES_MAX,
): Promise<DestinationStream> {
  await mkdir(path.dirname(file), { recursive: true })
  let bytes = await sizeOf(file)
  const stream = pino.destination({ dest: file, append: true, sync: true, mode: 0o600 })
  return {
    write: (line) => {
      const lineBytes = Buffer.byteLength(line)
      if (bytes > 0 && bytes + lineBytes > bytesMax) {
        renameSync(file, `${file}.1`)
        stream.reopen()
        bytes = 0
      }
      bytes += lineBytes
      stream.write(line)
    },
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
