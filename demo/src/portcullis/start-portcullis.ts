import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'

import { type DemoProcess, startDemoProcess } from '../child-process.ts'

/** A Portcullis that can be spoken to. */
export interface RunningPortcullis {
  readonly url: string
  readonly token: string
  close(): Promise<void>
}

/**
 * Starts what `npm start` starts, on a free port, with its data in a temporary folder, which goes
 * when it is closed. `settings` are variables of docs/settings.md. Throws when it cannot start;
 * Portcullis itself says why on the standard error.
 */
export async function startPortcullis(
  settings: Readonly<Record<string, string>>,
): Promise<RunningPortcullis> {
  const folder = await mkdtemp(path.join(tmpdir(), 'portcullis-demo-'))
  // Under root the database runs as another account, which must get through.
  await chmod(folder, 0o711)
  const dataDir = path.join(folder, 'data')
  const portcullis = startDemoProcess(import.meta.resolve('@portcullis/standalone'), {
    name: 'Portcullis',
    stdout: 'pipe',
    settings: { ...settings, PORT: '0', PORTCULLIS_DATA: dataDir },
  })
  const close = async (): Promise<void> => {
    await portcullis.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const url = await addressOf(portcullis)
    return { url, token: await tokenIn(path.join(dataDir, 'env')), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Reads the address from what a start prints, which it does when everything is up. */
async function addressOf({ child, ended }: DemoProcess): Promise<string> {
  const { promise: printed, resolve } = Promise.withResolvers<{ url: string }>()
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const url = /^ *Gateway +(http\S+)$/u.exec(line)?.[1]
    if (url !== undefined) resolve({ url })
  })
  const first = await Promise.race([printed, ended])
  if (typeof first === 'string') throw new Error(first)
  return first.url
}

async function tokenIn(shellFile: string): Promise<string> {
  const token = /^PORTCULLIS_TOKEN='([^']+)'$/mu.exec(await readFile(shellFile, 'utf8'))?.[1]
  if (token === undefined) throw new Error(`${shellFile} holds no PORTCULLIS_TOKEN.`)
  return token
}
