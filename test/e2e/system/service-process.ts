import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { inCleanEnvironment, waitFor } from '@portcullis/testkit'

import type { LogLines } from './log-lines.ts'

export const SERVICES = ['gateway', 'aggregator', 'escalator', 'notifier'] as const
export type ServiceName = (typeof SERVICES)[number]

/** How a process ended. */
export interface ProcessEnd {
  readonly process: string
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Whether the test ended it. */
  readonly asked: boolean
}

/**
 * A service in a process of its own. States: down -> starting -> running -> down; `pause` makes a
 * running one stand still. One that ends by itself is started again, as a supervisor would do.
 */
export interface ServiceProcess {
  readonly name: string
  readonly service: ServiceName
  /** True from its start to its end, ready or not. */
  readonly isUp: () => boolean
  /** Starts it; resolves once it says that it is ready. */
  start(): Promise<void>
  /** Ends it at once (SIGKILL). */
  kill(): Promise<void>
  /** Ends it in good order (SIGTERM), and returns its exit code. */
  stop(): Promise<number | null>
  /** SIGSTOP and SIGCONT: connections stay open, nothing is done. */
  pause(): void
  resume(): void
  readonly ends: readonly ProcessEnd[]
}

const READY_MS_MAX = 180_000
const STOP_MS_MAX = 60_000

/** Makes a process that is down. `env` is all that it gets to see of any environment. */
export function serviceProcess(
  { service, nth, log }: { service: ServiceName; nth: number; log: LogLines },
  env: Readonly<Record<string, string>>,
): ServiceProcess {
  const name = `${service}-${nth}`
  const main = fileURLToPath(import.meta.resolve(`../../../services/${service}/src/main.ts`))
  const ends: ProcessEnd[] = []
  let child: ChildProcess | undefined
  /** Whether it is meant to run: then it is started again when it ends. */
  let wanted = false

  const launch = (): void => {
    const started = spawnService(main, env)
    child = started
    log.follow(name, started.stdout!)
    log.follow(name, started.stderr!)
    started.once('exit', (code, signal) => {
      ends.push({ process: name, code, signal, asked: !wanted })
      if (child === started) child = undefined
      if (wanted) launch()
    })
  }
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    wanted = false
    const ending = child
    if (ending === undefined) return null
    const ended = once(ending, 'exit')
    ending.kill(signal)
    // A process that stands still hears only of SIGKILL.
    ending.kill('SIGCONT')
    const [code] = await ended
    return code as number | null
  }
  return {
    name,
    service,
    isUp: () => child !== undefined,
    start: async () => {
      if (wanted) throw new Error(`${name} is running.`)
      wanted = true
      const before = readyLines(log, name)
      launch()
      await waitFor(() => !wanted || readyLines(log, name) > before, {
        what: `the line in which ${name} says that it is ready`,
        timeoutMs: READY_MS_MAX,
      })
    },
    kill: async () => void (await end('SIGKILL')),
    stop: () => withDeadline(end('SIGTERM'), name),
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    ends,
  }
}

/** The channel to this process ends with it, however it ends, and a service ends with its channel. */
function spawnService(main: string, env: Readonly<Record<string, string>>): ChildProcess {
  const channel = { NODE_CHANNEL_FD: '3', NODE_CHANNEL_SERIALIZATION_MODE: 'json' }
  const variables = { PATH: process.env['PATH'] ?? '', ...channel, ...env }
  return spawn('env', inCleanEnvironment(variables, [process.execPath, main]), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}

function readyLines(log: LogLines, name: string): number {
  return log.all.filter((line) => line.process === name && line.msg === 'ready').length
}

async function withDeadline(code: Promise<number | null>, name: string): Promise<number | null> {
  let ended: { code: number | null } | undefined
  void code.then((value) => (ended = { code: value }))
  await waitFor(() => ended, { what: `the end of ${name}`, timeoutMs: STOP_MS_MAX })
  return code
}
