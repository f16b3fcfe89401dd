import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import path from 'node:path'

/**
 * Makes the data folder where it is missing. Throws a sentence when it can't be made, or can't be
 * written by this account. Whoever puts more into it calls this first.
 */
export async function makeDataFolder(dataDir: string): Promise<void> {
  try {
    // Only the last folder is closed: the server's account must get through those before it.
    await mkdir(path.dirname(dataDir), { recursive: true })
    await mkdir(dataDir, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new Error(
      `The data folder ${dataDir} can't be written by this account: start Portcullis as its ` +
        'owner, or set PORTCULLIS_DATA to another folder.',
      { cause },
    )
  }
}
