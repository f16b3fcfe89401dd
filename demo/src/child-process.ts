import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { env } from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A process of the demo: Portcullis, a service of the shop, or its customers. */
export interface DemoProcess {
  readonly child: ChildProcess
  /** Settles when it has ended, with a sentence that says how. */
  readonly ended: Promise<string>
  /** Ends it in good order, and resolves when it is gone. */
  stop(): Promise<void>
}

export interface DemoProcessOptions {
  /** For people. */
  readonly name: string
  /** Its variables, beside those that every program needs. */
  readonly settings: Readonly<Record<string, string | undefined>>
  /** What becomes of what it prints on its standard output. */
  readonly stdout: 'pipe' | 'ignore'
}

/** Portcullis itself needs the longest: it closes its parts one after another. */
const STOP_MS_MAX = 30_000

/**
 * What a process gets of this one's environment. Nothing else: somebody's DATABASE_URL must never
 * be that of a demo.
 */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'] as const

/**
 * Starts a file as a process. It gets a group of its own, so that Ctrl-C reaches the demo alone,
 * which ends its processes in their order; and a channel, whose breaking ends it when the demo is
 * killed.
 */
export function startDemoProcess(
  file: string,
  { name, settings, stdout }: DemoProcessOptions,
): DemoProcess {
  const inherited = INHERITED.map((variable) => [variable, env[variable]] as const)
  const child = fork(file.startsWith('file:') ? fileURLToPath(file) : file, {
    env: Object.fromEntries([...inherited, ...Object.entries(settings)].filter(hasValue)),
    stdio: ['ignore', stdout, 'inherit', 'ipc'],
    detached: true,
  })
  const ended = once(child, 'exit').then(
    ([code, signal]) => `${name} ended (${String(signal ?? `code ${String(code)}`)}).`,
    (error: unknown) => `${name} could not be started: ${String(error)}.`,
  )
  return { child, ended, stop: () => stopChild(child, ended) }
}

async function stopChild(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGTERM')
  const late = new AbortController()
  const isLate = delay(STOP_MS_MAX, true, { signal: late.signal }).catch(() => false)
  const wasLate = await Promise.race([ended.then(() => false), isLate])
  late.abort()
  if (wasLate) child.kill('SIGKILL')
  await ended
}

function hasValue(entry: readonly [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined
}
