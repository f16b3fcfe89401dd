import { readdir, readFile } from 'node:fs/promises'

interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  /** Name of the program, cut by the kernel. */
  readonly name: string
  readonly rssKib: number
}

const KIB_PER_MIB = 1_024
/** Postgres' processes are all called so; they are measured by nobody here. */
const SERVER = 'postgres'

/** Returns the resident memory of a process and all it has started, without Postgres, in MiB. */
export async function residentMib(root: number): Promise<number> {
  const processes = await readProcesses()
  const byParent = Map.groupBy(processes, ({ parent }) => parent)
  const sum = (one: ProcessEntry): number => {
    if (one.name === SERVER) return 0
    const children = byParent.get(one.pid) ?? []
    return one.rssKib + children.reduce((total, child) => total + sum(child), 0)
  }
  const first = processes.find(({ pid }) => pid === root)
  if (first === undefined) throw new Error(`There is no process ${root}.`)
  return sum(first) / KIB_PER_MIB
}

async function readProcesses(): Promise<ProcessEntry[]> {
  const names = await readdir('/proc')
  const found = await Promise.all(names.filter((name) => /^\d+$/u.test(name)).map(readProcess))
  return found.filter((one) => one !== undefined)
}

/** Returns undefined for a process that has ended meanwhile, or has no memory (a kernel thread). */
async function readProcess(pid: string): Promise<ProcessEntry | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:\\s+(\\S+)`, 'mu').exec(status)?.[1]
  const [name, parent, rssKib] = [field('Name'), field('PPid'), field('VmRSS')]
  if (name === undefined || rssKib === undefined) return undefined
  return { pid: Number(pid), parent: Number(parent), name, rssKib: Number(rssKib) }
}
