import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

import type { ClusterTools } from './cluster.ts'
import { HOST } from './port.ts'
import { readPostmasterPid } from './postmaster-pid.ts'
import { identityOf, SERVER_ENVIRONMENT } from './run.ts'

/** A running server. States: starting (until `launchServer` returns), running, stopping, ended. */
export type ServerProcess = Readonly<{
  pid: number
  /** Settles once the server has ended, for whatever reason, with a sentence that says how. */
  ended: Promise<string>
  /** Stops the server (SIGINT: clients are cut off, a checkpoint is written) and waits for it. */
  stop: () => Promise<void>
}>

export type ServerOptions = Readonly<{
  port: number
  /** Folder of the Unix socket; none when absent. */
  socketFolder: string | undefined
  /** Server settings by name, in Postgres' own words. */
  settings: Readonly<Record<string, string>>
  log: (line: string) => void
}>

const POLL_MS = 10

/** A server that was killed replays its log first; with max_wal_size 1 GB that is well below. */
const START_MS_MAX = 10 * 60_000
const STOP_MS_MAX = 60_000

/** How many lines of the server's output are kept to tell why it did not start. */
const LAST_LINES_MAX = 20

/**
 * Starts the server and returns when it takes connections. Throws with its last words when it
 * doesn't; then nothing is left running.
 */
export async function launchServer(
  tools: ClusterTools,
  options: ServerOptions,
): Promise<ServerProcess> {
  const server = spawnServer(tools, options)
  let isEnded = false
  void server.ended.then(() => (isEnded = true))
  const deadline = performance.now() + START_MS_MAX
  while (!isEnded && performance.now() < deadline) {
    const said = await readPostmasterPid(tools.folder)
    if (said?.pid === server.pid && said.isReady) return server
    await delay(POLL_MS)
  }
  await server.stop()
  throw new Error(await server.ended)
}

function spawnServer(tools: ClusterTools, options: ServerOptions): ServerProcess {
  const child = spawn(tools.binaries.postgres, argumentsOf(tools.folder, options), {
    ...identityOf(tools.user),
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    // A session of its own: Ctrl-C in a terminal reaches the owner alone, which then closes the
    // server's clients first and the server last.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lastLines: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line)
    if (lastLines.length > LAST_LINES_MAX) lastLines.shift()
    options.log(line)
  })
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  const end = (how: string): void => resolve(`${how}\n${lastLines.join('\n')}`.trim())
  child.once('error', (error) => end(`Postgres could not be started: ${error.message}.`))
  // Its children share the server's output, so that "close" comes when the last of them is gone.
  child.once('close', (code, signal) => end(`Postgres ended (${signal ?? `code ${code}`}).`))
  // An owner that exits without `stop`, of an uncaught error for instance, leaves no server behind.
  const stopAtExit = (): void => void child.kill('SIGINT')
  process.once('exit', stopAtExit)
  void ended.then(() => process.off('exit', stopAtExit))
  const stop = async (): Promise<void> => {
    child.kill('SIGINT')
    // An immediate shutdown loses nothing that was committed: the next start replays the log.
    const impatience = setTimeout(() => child.kill('SIGQUIT'), STOP_MS_MAX)
    await ended
    clearTimeout(impatience)
  }
  // There is no pid when it could not be started; then `ended` has settled already.
  return { pid: child.pid ?? 0, ended, stop }
}

function argumentsOf(folder: string, options: ServerOptions): string[] {
  const settings = {
    listen_addresses: HOST,
    unix_socket_directories: options.socketFolder ?? '',
    unix_socket_permissions: '0700',
    ...options.settings,
  }
  const assignments = Object.entries(settings).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  return ['-D', folder, '-p', String(options.port), ...assignments]
}
