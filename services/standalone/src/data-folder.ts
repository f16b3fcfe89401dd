import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** What `.portcullis/env` holds: all that a user's shell needs (`set -a; . .portcullis/env`). */
export interface ShellEnvironment {
  readonly databaseUrl: string
  readonly token: string
  /** Where the gateway listens; left out until it does. */
  readonly url?: string
  /** Where the queues are; both are left out where they are in the database. */
  readonly redisUrl?: string | undefined
  readonly redisCluster?: string | undefined
}

const ENV_FILE = 'env'
const USE = '# Written by Portcullis at its start. Use: set -a; . .portcullis/env; set +a'

/** Returns the path of the shell file in a data folder. */
export function shellFileOf(dataDir: string): string {
  return path.join(dataDir, ENV_FILE)
}

/** Reads the token that an earlier start wrote, or undefined. */
export async function readToken(dataDir: string): Promise<string | undefined> {
  try {
    const text = await readFile(shellFileOf(dataDir), 'utf8')
    return /^PORTCULLIS_TOKEN='([^']+)'$/mu.exec(text)?.[1]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Writes the shell file, whole or not at all, readable by its owner alone. */
export async function writeShellFile(
  dataDir: string,
  { databaseUrl, token, url, redisUrl, redisCluster }: ShellEnvironment,
): Promise<void> {
  const file = shellFileOf(dataDir)
  const variables = Object.entries({
    DATABASE_URL: databaseUrl,
    PORTCULLIS_TOKEN: token,
    PORTCULLIS_URL: url,
    REDIS_URL: redisUrl,
    REDIS_CLUSTER: redisCluster,
  })
  const lines = variables.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${quoted(value)}`],
  )
  const text = [USE, ...lines, ''].join('\n')
  await writeFile(`${file}.new`, text, { mode: 0o600 })
  // An older file may have been opened to others.
  await chmod(`${file}.new`, 0o600)
  await rename(`${file}.new`, file)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
