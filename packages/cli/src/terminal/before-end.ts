import { END_SIGNALS } from '@portcullis/runtime'

/** Calls `work` when a signal ends this process, just before it does; returns what takes that back. */
export type BeforeEnd = (work: () => void) => () => void

/**
 * The signals of this process. The process still ends by its signal and not by an exit code of its own:
 * a shell shows 130 for Ctrl-C either way, and stops a script only where the command died of it.
 */
export const beforeEnd: BeforeEnd = (work) => {
  const onSignal = (signal: NodeJS.Signals): void => {
    stop()
    work()
    process.kill(process.pid, signal)
  }
  const stop = (): void => {
    for (const signal of END_SIGNALS) process.off(signal, onSignal)
  }
  for (const signal of END_SIGNALS) process.on(signal, onSignal)
  return stop
}
