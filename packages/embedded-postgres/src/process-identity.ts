import { readdir, readFile, readlink } from 'node:fs/promises'

import { run } from './run.ts'

const PS_TIMEOUT_MS = 10_000

/** Fields of /proc/<pid>/stat after the command's closing parenthesis, see proc(5). */
const STATE_FIELD = 0
const START_TIME_FIELD = 19

/**
 * Returns a name for the process that now has `pid`, or undefined when there is none.
 *
 * A pid alone is no identity: it is used again after a crash or a reboot. The name holds the pid,
 * the moment at which the process started and, on Linux, the boot. It is fit for a file name.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? linuxIdentity(pid) : psIdentity(pid)
}

/** Returns the command line of a process for people to read, or undefined when it is gone. */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return text === '' ? undefined : text.replaceAll('\0', ' ').trim()
  }
  const { code, stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)], {
    timeoutMs: PS_TIMEOUT_MS,
  })
  return code === 0 ? stdout.trim() : undefined
}

/**
 * Returns the pids of the processes whose working folder is `folder`: a Postgres server and all its
 * children work in their data folder. Only known on Linux; elsewhere there are none.
 */
export async function processesWorkingIn(folder: string): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger)
  // A process that has ended since, or belongs to somebody else, works in no folder of ours.
  const cwds = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')))
  return pids.filter((_, index) => cwds[index] === folder)
}

async function linuxIdentity(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  if (text === '') return undefined
  // The command may itself hold spaces and parentheses: count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const state = fields[STATE_FIELD]
  // A zombie has ended; only its parent has not asked how yet.
  if (state === 'Z' || state === 'X') return undefined
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => 'unknown')
  return `${pid}-${fields[START_TIME_FIELD]}-${boot.trim()}`
}

async function psIdentity(pid: number): Promise<string | undefined> {
  const { code, stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], {
    timeoutMs: PS_TIMEOUT_MS,
  })
  return code === 0 ? `${pid}-${stdout.trim().replaceAll(/[^0-9A-Za-z]+/g, '.')}` : undefined
}
