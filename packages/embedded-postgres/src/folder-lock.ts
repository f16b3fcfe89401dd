import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { commandLineOf, processIdentity } from './process-identity.ts'

/** Held from `lockFolder` until `release`, or until the process is gone. */
export type FolderLock = Readonly<{ release: () => Promise<void> }>

/**
 * Takes the data folder for this process alone.
 *
 * Each process that wants it puts a file named after itself into `lock/` and then looks who else is
 * there: a living one means that it must yield. Of two that come at once at least one sees the
 * other, so never do both go on. A file whose process is gone belongs to nobody, and its name
 * never comes back, so that removing it can't hit a newcomer. There is no waiting and no stealing.
 *
 * Processes in different containers do not see each other: a folder must not be mounted into two.
 *
 * Throws a sentence that says which process holds the folder.
 */
export async function lockFolder(dataDir: string): Promise<FolderLock> {
  const folder = path.join(dataDir, 'lock')
  const self = await processIdentity(process.pid)
  if (self === undefined) throw new Error('This process can not find itself in the process table.')
  await mkdir(folder, { recursive: true })
  const own = path.join(folder, self)
  await writeFile(own, '', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new Error(refusal(dataDir, 'this very process')) : error
  })
  for (const name of await readdir(folder)) {
    if (name === self) continue
    const holder = await livingHolder(name)
    if (holder === undefined) {
      await rm(path.join(folder, name), { force: true })
      continue
    }
    await rm(own, { force: true })
    throw new Error(refusal(dataDir, holder))
  }
  return { release: () => rm(own, { force: true }) }
}

async function livingHolder(name: string): Promise<string | undefined> {
  const pid = Number.parseInt(name, 10)
  if (!Number.isInteger(pid) || (await processIdentity(pid)) !== name) return undefined
  const command = await commandLineOf(pid)
  return command === undefined ? `process ${pid}` : `process ${pid} (${command})`
}

function refusal(dataDir: string, holder: string): string {
  return (
    `The data in ${dataDir} is in use by ${holder}. ` +
    'Stop that first, or set PORTCULLIS_DATA to another folder.'
  )
}
