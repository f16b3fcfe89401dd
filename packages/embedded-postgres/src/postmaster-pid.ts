import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** What a server writes about itself into `postmaster.pid` in its data folder. */
export type PostmasterPid = Readonly<{ pid: number; isReady: boolean }>

/** Lines of the file, see PostgreSQL's src/include/utils/pidfile.h. */
const PID_LINE = 0
const STATUS_LINE = 7

/** Returns what the file says, or undefined when there is none or it is not yet written. */
export async function readPostmasterPid(folder: string): Promise<PostmasterPid | undefined> {
  const text = await readFile(path.join(folder, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number.parseInt(lines[PID_LINE] ?? '', 10)
  // A server that runs in single-user mode writes its pid negated.
  if (!Number.isInteger(pid) || pid === 0) return undefined
  return { pid: Math.abs(pid), isReady: lines[STATUS_LINE]?.trim() === 'ready' }
}
