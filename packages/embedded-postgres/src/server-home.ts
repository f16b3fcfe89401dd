import { createHash } from 'node:crypto'
import { chmod, mkdir, stat } from 'node:fs/promises'
import path from 'node:path'

import { run } from './run.ts'
import type { ServerUser } from './server-user.ts'

const TEST_TIMEOUT_MS = 10_000

const ENTER_MODE = 0o111

/** Where the cluster goes when root's data folder lies behind a folder that is closed to others. */
const SYSTEM_FOLDER = '/var/lib/portcullis'

/**
 * Returns the folder in which the server's files are kept, and makes it: the data folder itself,
 * or, when `user` can't get there, {@link systemHomeOf} it.
 *
 * The second happens to root whose home folder has mode 0700, as Debian makes it. Opening that
 * folder to others is not ours to do.
 */
export async function serverHomeFor(
  dataDir: string,
  user: ServerUser | undefined,
): Promise<string> {
  if (user === undefined) return dataDir
  // The server's account passes through, and reads only what belongs to it.
  const { mode } = await stat(dataDir)
  await chmod(dataDir, mode | ENTER_MODE)
  if (await canEnter(dataDir, user)) return dataDir
  const home = systemHomeOf(dataDir)
  await mkdir(home, { recursive: true, mode: 0o711 })
  if (await canEnter(home, user)) return home
  throw new Error(
    `Postgres does not run as root, and the account ${user.name} can enter neither ${dataDir} nor ` +
      `${home}: set PORTCULLIS_DATA to a folder that it can enter.`,
  )
}

/** Returns the folder under /var/lib that belongs to a data folder with this absolute path. */
export function systemHomeOf(dataDir: string): string {
  const digest = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  return path.join(SYSTEM_FOLDER, digest)
}

async function canEnter(folder: string, user: ServerUser): Promise<boolean> {
  const { code } = await run('test', ['-x', folder], { user, timeoutMs: TEST_TIMEOUT_MS })
  return code === 0
}
