import type { Logger } from './logger.ts'

/** A loop in the background. */
export interface Loop {
  /** Runs the work once more, now or as soon as the present run ends, and resolves after it. */
  trigger(): Promise<void>
  /** Resolves when nothing runs any more; a run under way is asked to leave the rest. */
  stop(): Promise<void>
}

/**
 * Runs `work` at once and then `intervalMs` after each run ended, so that runs never overlap. What it
 * throws is logged, and the next run tries again: the store may be away for a while. Work of many steps
 * looks at `stopping` between them, and leaves the rest to the next start.
 */
export function every(
  intervalMs: number,
  { log, name }: { readonly log: Logger; readonly name: string },
  work: (stopping: AbortSignal) => Promise<void>,
): Loop {
  let timer: NodeJS.Timeout | undefined
  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let failures = 0

  const run = async (): Promise<void> => {
    try {
      await work(stopping.signal)
      if (failures > 0) log.info({ loop: name, failures }, 'a background loop works again')
      failures = 0
    } catch (error) {
      failures += 1
      // An outage would write the same line at every run.
      if (failures === 1 || failures % 100 === 0) {
        log.warn({ err: error, loop: name, failures }, 'a background loop failed and tries again')
      }
    }
  }
  const start = (): void => {
    clearTimeout(timer)
    running = running.then(run).then(() => {
      clearTimeout(timer)
      if (!stopping.signal.aborted) timer = setTimeout(start, intervalMs)
    })
  }
  start()
  return {
    trigger: () => {
      start()
      return running
    },
    stop: async () => {
      stopping.abort()
      clearTimeout(timer)
      await running
    },
  }
}
