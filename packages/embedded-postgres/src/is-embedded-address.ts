import path from 'node:path'

import { readSettings } from './cluster-settings.ts'
import { HOST } from './port.ts'

/**
 * Tells whether a connection string names the embedded server of a data folder, which may not be
 * running: a user who has loaded the folder's `env` file into the shell has it as DATABASE_URL.
 */
export async function isEmbeddedAddress(
  dataDir: string,
  connectionString: string,
): Promise<boolean> {
  const settings = await readSettings(path.resolve(dataDir))
  if (settings === undefined) return false
  const { hostname, port, password } = new URL(connectionString)
  return hostname === HOST && Number(port) === settings.port && password === settings.password
}
