import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** What is chosen once per data folder and kept beside the cluster. */
export type ClusterSettings = Readonly<{
  port: number
  password: string
  /** Folder of the server's files where that is not the data folder itself; see server-home.ts. */
  home?: string
}>

const FILE_NAME = 'postgres.json'

const PASSWORD_BYTES = 24
const PORT_MAX = 65_535

/** Returns a password of 192 random bits that needs no escaping in a URL or a shell. */
export function newPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url')
}

/** Returns the path of the file that holds the settings. */
export function settingsFile(dataDir: string): string {
  return path.join(dataDir, FILE_NAME)
}

/**
 * Returns the kept settings, or undefined at the first start. Throws a sentence when the file is
 * there and can't be understood: guessing would change the address that users have written down.
 */
export async function readSettings(dataDir: string): Promise<ClusterSettings | undefined> {
  const file = settingsFile(dataDir)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const settings = parse(text)
  if (settings !== undefined) return settings
  throw new Error(
    `${file} should hold {"port": <number>, "password": "<text>"} and does not. ` +
      'Repair it, or remove it to have a new port and password chosen.',
  )
}

/** Keeps the settings, readable by their owner alone. A crash leaves the old file or the new one. */
export async function writeSettings(dataDir: string, settings: ClusterSettings): Promise<void> {
  const file = settingsFile(dataDir)
  const unfinished = `${file}.unfinished`
  const text = `${JSON.stringify(settings, null, 2)}\n`
  await writeFile(unfinished, text, { mode: 0o600, flush: true })
  await rename(unfinished, file)
}

function parse(text: string): ClusterSettings | undefined {
  const value = parseObject(text)
  if (value === undefined) return undefined
  const { port, password, home } = value
  if (!isPort(port) || typeof password !== 'string' || password === '') return undefined
  if (home === undefined) return { port, password }
  return typeof home === 'string' ? { port, password, home } : undefined
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= PORT_MAX
}
