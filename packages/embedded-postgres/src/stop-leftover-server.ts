import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { readPostmasterPid } from './postmaster-pid.ts'
import { commandLineOf, processesWorkingIn, processIdentity } from './process-identity.ts'

const POLL_MS = 20

/** A fast shutdown writes a checkpoint, which takes a while on a slow disk. */
const FAST_SHUTDOWN_MS = 60_000
const IMMEDIATE_SHUTDOWN_MS = 20_000

/**
 * Makes sure that no server has the cluster open. The caller holds the data folder's lock, so
 * whatever still runs was left by an owner that was killed.
 *
 * - A server that runs is stopped (SIGINT), and after a minute stopped hard (SIGQUIT).
 * - Children of a server that was killed are waited for: they end when they notice.
 * - A `postmaster.pid` whose pid now belongs to another program is removed, because Postgres would
 *   take that program for a server. Only on Linux, where it is known that nobody works in the
 *   folder; elsewhere Postgres decides.
 *
 * Throws a sentence when something goes on using the cluster.
 */
export async function stopLeftoverServer(
  folder: string,
  log: (line: string) => void,
): Promise<void> {
  const found = await readPostmasterPid(folder)
  if (found === undefined) return
  if (await isServerOf(folder, found.pid)) {
    log(`A Postgres server (process ${found.pid}) was left running on this data: stopping it.`)
    await stopProcess(found.pid)
  }
  await waitUntil(async () => (await processesWorkingIn(folder)).length === 0, FAST_SHUTDOWN_MS)
  const left = await processesWorkingIn(folder)
  if (left.length > 0) {
    throw new Error(
      `The processes ${left.join(', ')} still use the data in ${folder}: end them first.`,
    )
  }
  if (process.platform === 'linux') await rm(path.join(folder, 'postmaster.pid'), { force: true })
}

async function isServerOf(folder: string, pid: number): Promise<boolean> {
  if (process.platform === 'linux') return (await processesWorkingIn(folder)).includes(pid)
  return (await commandLineOf(pid))?.includes(folder) === true
}

async function stopProcess(pid: number): Promise<void> {
  const identity = await processIdentity(pid)
  if (identity === undefined) return
  const isGone = async (): Promise<boolean> => (await processIdentity(pid)) !== identity
  for (const [signal, withinMs] of [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
  ] as const) {
    if (await isGone()) return
    process.kill(pid, signal)
    if (await waitUntil(isGone, withinMs)) return
  }
}

/** Returns whether the predicate became true within the time. */
async function waitUntil(isTrue: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (performance.now() < deadline) {
    if (await isTrue()) return true
    await delay(POLL_MS)
  }
  return isTrue()
}
