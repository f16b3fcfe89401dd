import { SECOND_MS } from '@portcullis/contracts'

/** Signals by which somebody asks a process to end. */
export const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * A signal that comes so soon after the first asks for nothing new: a terminal sends Ctrl-C to all
 * processes of its foreground, and npm, which is one of them, hands it on once more.
 */
const ECHO_MS = 2 * SECOND_MS

/** What a process does when it is asked to end. */
export interface EndRequests {
  /** Called once, with the first signal. */
  readonly onAsked: (signal: NodeJS.Signals) => void
  /** Called with every further one that is no echo: somebody does not want to wait. */
  readonly onAskedAgain: () => void
}

/** Hears the signals that ask this process to end; returns a function that takes the handlers away. */
export function listenForEnd({ onAsked, onAskedAgain }: EndRequests): () => void {
  let firstAt: number | undefined
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstAt === undefined) {
      firstAt = performance.now()
      onAsked(signal)
    } else if (performance.now() - firstAt > ECHO_MS) {
      onAskedAgain()
    }
  }
  for (const signal of END_SIGNALS) process.on(signal, onSignal)
  return () => {
    for (const signal of END_SIGNALS) process.off(signal, onSignal)
  }
}
