import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** What `.portcullis/env` holds: all that a user's shell needs (`set -a; . .portcullis/env`). */
export interface ShellEnvironment {
  readonly databaseUrl: string
  readonly token: string
  /** Where the gateway listens; left out until it does. */
  readonly url?: string
}

const ENV_FILE = 'env'

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
  { databaseUrl, token, url }: ShellEnvironment,
): Promise<void> {
  const file = shellFileOf(dataDir)
  const lines = [
    '# Written by Portcullis at its start. Use: set -a; . .portcullis/env; set +a',
    `DATABASE_URL=${quoted(databaseUrl)}`,
    `PORTCULLIS_TOKEN=${quoted(token)}`,
    ...(url === undefined ? [] : [`PORTCULLIS_URL=${quoted(url)}`]),
    '',
  ]
  await writeFile(`${file}.new`, lines.join('\n'), { mode: 0o600 })
  // An older file may have been opened to others.
  await chmod(`${file}.new`, 0o600)
  await rename(`${file}.new`, file)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
