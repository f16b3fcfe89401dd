import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { SECOND_MS } from '@portcullis/contracts'
import type { Logger } from '@portcullis/runtime'

/** A child process that is started again when it dies. */
export interface SupervisedProcess {
  /** Ends it in good order, and resolves when it is gone. */
  stop(): Promise<void>
}

/** Where the lines of its log go. */
export interface LogLines {
  write(line: string): void
}

const RESTART_MS_MIN = 250
const RESTART_MS_MAX = 10 * SECOND_MS

/**
 * MiB. V8 would rather grow than collect: these bounds keep it at about half of what it takes without
 * them. A smaller young generation costs speed, because what a fold holds while it waits for its
 * transaction would grow old (benches `memory`, `ingest`). The start script gives the parent the same.
 */
const HEAP_FLAGS = ['--max-semi-space-size=16', '--max-old-space-size=256']

/**
 * One heap of the C library for all threads of a process: with eight per core, as it is without this, each
 * keeps what its threads once needed. The start script gives the parent the same.
 */
const HEAP_SETTINGS = { MALLOC_ARENA_MAX: '1' }

/** A process that lived so long did not die of its start: the next wait is the shortest again. */
const LIVED_MS = 30 * SECOND_MS

/**
 * Runs the aggregator in a process of its own, because folding would hold up the gateway's answers
 * (bench `verdict`: loaded). It ends with this process, even when this one is killed: the channel
 * between them breaks then, on which its lifecycle ends.
 */
export function superviseAggregator({
  env,
  log,
  lines,
}: {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  readonly lines: LogLines
}): SupervisedProcess {
  const main = fileURLToPath(import.meta.resolve('@portcullis/aggregator/main'))
  let child: ChildProcess | undefined
  let timer: NodeJS.Timeout | undefined
  let stopping = false
  let waitMs = RESTART_MS_MIN

  const start = (): void => {
    const startedAt = performance.now()
    // Of its own process group: Ctrl-C is for the parent, which ends its parts in their order.
    const started = fork(main, {
      execArgv: HEAP_FLAGS,
      env: { ...env, ...HEAP_SETTINGS },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      detached: true,
    })
    child = started
    // The log's file has one writer, which can put it aside.
    createInterface({ input: started.stdout! }).on('line', (line) => lines.write(`${line}\n`))
    started.once('exit', (code, signal) => {
      if (stopping) return
      if (performance.now() - startedAt > LIVED_MS) waitMs = RESTART_MS_MIN
      log.error({ code, signal, restart_ms: waitMs }, 'the aggregator died and is started again')
      timer = setTimeout(start, waitMs)
      waitMs = Math.min(waitMs * 2, RESTART_MS_MAX)
    })
  }
  start()
  return {
    stop: async () => {
      stopping = true
      clearTimeout(timer)
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      // Not "exit": its last lines may still be on their way.
      const gone = once(child, 'close')
      child.kill('SIGTERM')
      await gone
    },
  }
}
