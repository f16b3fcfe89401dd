import type { Logger } from './logger.ts'

/** A loop in the background. */
export interface Loop {
  /** Runs the work once more, now or as soon as the present run ends, and resolves after it. */
  trigger(): Promise<void>
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>
}

/**
 * Runs `work` at once and then `intervalMs` after each run ended, so that runs never overlap. What it
 * throws is logged, and the next run tries again: the store may be away for a while.
 */
export function every(
  intervalMs: number,
  { log, name }: { readonly log: Logger; readonly name: string },
  work: () => Promise<void>,
): Loop {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  let failures = 0

  const run = async (): Promise<void> => {
    try {
      await work()
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
      if (!stopped) timer = setTimeout(start, intervalMs)
    })
  }
  start()
  return {
    trigger: () => {
      start()
      return running
    },
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
