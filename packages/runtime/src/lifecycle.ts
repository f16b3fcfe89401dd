import { SECOND_MS } from '@portcullis/contracts'

import { listenForEnd } from './end-signals.ts'
import type { Logger } from './logger.ts'

export interface LifecycleOptions {
  readonly log: Logger
  /** Ends the process; `process.exit` but for tests. */
  readonly exit?: (code: number) => void
}

/** What must be closed, and how long that may take before the next part is closed without it. */
export interface ClosingPart {
  readonly name: string
  /** 10 s when left out. */
  readonly deadlineMs?: number
  readonly close: () => Promise<void>
}

/**
 * The life of a process: running -> closing -> closed. A signal (or `close`) ends running, once; the
 * parts are then closed one after another, the last registered first, so that what is built on
 * something is gone before it. Who asks again after a while does not want to wait, and ends the
 * process at once.
 */
export interface Lifecycle {
  onClose(part: ClosingPart): void
  /** Aborted when closing begins: loops look at it. */
  readonly closing: AbortSignal
  /** Closes all parts; every call gets the same promise. Resolves to whether all kept their deadlines. */
  close(reason: string): Promise<boolean>
  /**
   * Closes all parts and ends the process, which cannot go on, with a code other than 0: whoever
   * supervises it starts it again.
   */
  fail(reason: string): void
  /** Hands over signals and bugs; returns a function that takes the handlers away again. */
  listen(): () => void
}

/** Exit code of a process that met a bug (sysexits.h, EX_SOFTWARE). */
const EXIT_BUG = 70
/** 128 + SIGINT, as shells report it. */
const EXIT_FORCED = 130
const EXIT_FAILED = 1

/** Longer than the longest wait for a connection to the store, and for the next one. */
const DEADLINE_MS = 10 * SECOND_MS

/** Returns the life of this process; call `listen` once everything is registered. */
export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { log, exit = (code) => process.exit(code) } = options
  const parts: ClosingPart[] = []
  const controller = new AbortController()
  let closed: Promise<boolean> | undefined
  let exitCode = 0

  const close = (reason: string): Promise<boolean> => {
    closed ??= closeAll(parts, log, reason)
    if (!controller.signal.aborted) controller.abort(new Error(`closing: ${reason}`))
    return closed
  }
  const leave = (reason: string): void => {
    void close(reason).then((inTime) => exit(inTime ? exitCode : EXIT_FAILED))
  }
  // A bug leaves a state that nobody knows: the process ends, and whoever supervises it starts a
  // fresh one. Nothing is closed in good order, for that would answer from the broken state.
  const onBug = (error: unknown): void => {
    log.fatal({ err: error }, 'a bug ends this process')
    exit(EXIT_BUG)
  }
  // With the parent the one is gone who would send a signal.
  const onDisconnect = (): void => leave('the parent is gone')

  return {
    onClose: (part) => void parts.push(part),
    closing: controller.signal,
    close,
    fail: (reason) => {
      exitCode = EXIT_FAILED
      leave(reason)
    },
    listen: () => {
      const ignore = listenForEnd({ onAsked: leave, onAskedAgain: () => exit(EXIT_FORCED) })
      process.on('uncaughtException', onBug)
      process.on('unhandledRejection', onBug)
      process.on('disconnect', onDisconnect)
      return () => {
        ignore()
        process.off('uncaughtException', onBug)
        process.off('unhandledRejection', onBug)
        process.off('disconnect', onDisconnect)
      }
    },
  }
}

async function closeAll(parts: ClosingPart[], log: Logger, reason: string): Promise<boolean> {
  log.info({ reason }, 'closing')
  let allInTime = true
  // A start that is under way may still register parts; they are closed as well.
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const inTime = await closeInTime(part, log)
    allInTime &&= inTime
  }
  log.info({ reason, inTime: allInTime }, 'closed')
  return allInTime
}

/** Never throws: a part that fails or hangs must not keep the others open. */
async function closeInTime(part: ClosingPart, log: Logger): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), part.deadlineMs ?? DEADLINE_MS)
  })
  try {
    const outcome = await Promise.race([part.close(), deadline])
    if (outcome === 'late') log.error({ part: part.name }, 'was not closed within its deadline')
    return outcome !== 'late'
  } catch (error) {
    log.error({ part: part.name, err: error }, 'failed while closing')
    return false
  } finally {
    clearTimeout(timer)
  }
}
