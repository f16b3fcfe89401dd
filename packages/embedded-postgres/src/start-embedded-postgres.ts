import { chown, mkdir } from 'node:fs/promises'
import path from 'node:path'

import { prepareBinaries } from './binaries.ts'
import {
  type ClusterSettings,
  newPassword,
  readSettings,
  settingsFile,
  writeSettings,
} from './cluster-settings.ts'
import {
  clusterExists,
  type ClusterTools,
  createCluster,
  NAME,
  refuseOtherMajor,
  setPassword,
} from './cluster.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { makeDataFolder } from './make-data-folder.ts'
import { refusalOf, thisPlatform } from './platform.ts'
import { chooseFreePort, HOST, isFree } from './port.ts'
import { serverHomeFor, systemHomeOf } from './server-home.ts'
import { launchServer, type ServerProcess } from './server-process.ts'
import { SERVER_SETTINGS } from './server-settings.ts'
import { serverUserFor } from './server-user.ts'
import { stopLeftoverServer } from './stop-leftover-server.ts'

export type EmbeddedPostgresOptions = Readonly<{
  /** Folder that holds the data, made when missing. One process at a time may use it. */
  dataDir: string
  /** Takes each line that the server writes, and each thing done that a user may wonder about. */
  log: (line: string) => void
  /** Server settings that replace ours, in Postgres' own words. */
  settings?: Readonly<Record<string, string>>
}>

export type EmbeddedPostgres = Readonly<{
  /** Over TCP on the loopback, with the password. */
  connectionString: string
  /** Pid of the server's first process. */
  pid: number
  /** Folder of the cluster, for people who look for their data. */
  clusterFolder: string
  /** Sentences for the user, about where the data is and whose it is. */
  notes: readonly string[]
  /** Settles with a sentence when the server ends although nobody called `stop`. */
  died: Promise<string>
  /** Stops the server, then gives the data folder back. May be called more than once. */
  stop: () => Promise<void>
}>

/** Longest path of a Unix socket: sun_path of Linux holds 108 bytes, of macOS 104, with a NUL. */
const SOCKET_PATH_BYTES_MAX = 103

const CLUSTER_NAME = 'postgres'

/**
 * Starts the Postgres server that comes with the npm package on the data in `dataDir`, which is
 * made at the first start. Port and password are chosen then, and kept in `postgres.json` (0600).
 *
 * Throws a sentence for the user when it can't: an unsupported platform, a folder in use, data of
 * another major version, a taken port, a server that doesn't start.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const refusal = refusalOf(thisPlatform())
  if (refusal !== undefined) throw new Error(refusal)
  const dataDir = path.resolve(options.dataDir)
  await makeDataFolder(dataDir)
  // Must come first: everything after it assumes that nobody else works on this data.
  const lock = await lockFolder(dataDir)
  try {
    const kept = await readSettings(dataDir)
    const { tools, notes } = await prepareTools(dataDir, kept, options.log)
    const settings = await prepareCluster(dataDir, kept, tools)
    const server = await launchServer(tools, {
      port: settings.port,
      socketFolder: await makeSocketFolder(tools, settings.port),
      settings: { ...SERVER_SETTINGS, ...options.settings },
      log: options.log,
    })
    for (const note of notes) options.log(note)
    return supervised(server, { settings, tools, lock, notes })
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** Finds account, folder and programs, and makes sure that no server has the cluster open. */
async function prepareTools(
  dataDir: string,
  kept: ClusterSettings | undefined,
  log: (line: string) => void,
): Promise<{ tools: ClusterTools; notes: readonly string[] }> {
  const homes = [kept?.home ?? dataDir, systemHomeOf(dataDir)]
  const user = await serverUserFor(homes.map((home) => path.join(home, CLUSTER_NAME)))
  const home = kept?.home ?? (await serverHomeFor(dataDir, user))
  const binaries = await prepareBinaries(home, user)
  const folder = path.join(home, CLUSTER_NAME)
  const isThere = await clusterExists(folder)
  if (isThere) {
    await refuseOtherMajor(folder, binaries.version)
    await stopLeftoverServer(folder, log)
  }
  const notes = home === dataDir ? [] : notesOf(dataDir, { home, isLeft: isThere && !kept })
  return { tools: { folder, binaries, user }, notes }
}

/** What a user of a database outside of the data folder must know, who would look for it there. */
function notesOf(
  dataDir: string,
  { home, isLeft }: { readonly home: string; readonly isLeft: boolean },
): readonly string[] {
  const where = `The database is kept in ${home}: its account can't enter ${dataDir}.`
  if (!isLeft) return [where]
  return [
    where,
    `It holds the data of earlier starts, of which ${dataDir} knew nothing any more. To begin ` +
      `anew, stop Portcullis and remove both folders.`,
  ]
}

/** Makes the cluster where there is none, and returns the settings that belong to it. */
async function prepareCluster(
  dataDir: string,
  kept: ClusterSettings | undefined,
  tools: ClusterTools,
): Promise<ClusterSettings> {
  const password = kept?.password ?? newPassword()
  if (!(await clusterExists(tools.folder))) await createCluster(tools, password)
  // Somebody removed the settings, or a first start was killed before it wrote them.
  else if (kept === undefined) await setPassword(tools, password)
  if (kept !== undefined) {
    if (await isFree(kept.port)) return kept
    throw new Error(
      `Port ${kept.port} of ${HOST}, on which this database always listens, is taken by another ` +
        `program. End that program, or write another port into ${settingsFile(dataDir)} ` +
        '(DATABASE_URL changes with it).',
    )
  }
  const home = path.dirname(tools.folder)
  const port = await chooseFreePort()
  const settings = { port, password, ...(home !== dataDir && { home }) }
  await writeSettings(dataDir, settings)
  return settings
}

/** Returns the folder for the Unix socket, or undefined when its path is too long for one. */
async function makeSocketFolder(tools: ClusterTools, port: number): Promise<string | undefined> {
  const folder = path.join(path.dirname(tools.folder), 'socket')
  if (Buffer.byteLength(`${folder}/.s.PGSQL.${port}`) > SOCKET_PATH_BYTES_MAX) return undefined
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (tools.user !== undefined) await chown(folder, tools.user.uid, tools.user.gid)
  return folder
}

function supervised(
  server: ServerProcess,
  parts: Readonly<{
    settings: ClusterSettings
    tools: ClusterTools
    lock: FolderLock
    notes: readonly string[]
  }>,
): EmbeddedPostgres {
  const { settings, tools, lock, notes } = parts
  let isStopping = false
  const { promise: died, resolve } = Promise.withResolvers<string>()
  void server.ended.then((how) => (isStopping ? undefined : resolve(how)))
  return {
    connectionString: `postgres://${NAME}:${settings.password}@${HOST}:${settings.port}/${NAME}`,
    pid: server.pid,
    clusterFolder: tools.folder,
    notes,
    died,
    stop: async () => {
      isStopping = true
      await server.stop()
      await lock.release()
    },
  }
}
