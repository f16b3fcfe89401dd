import { every } from './every.ts'
import type { ProcessParts } from './process-parts.ts'

/** How a process says that it lives. */
export interface Heart {
  readonly everyMs: number
  readonly beat: () => Promise<void>
  /** Says that it ended in good order, so that nobody waits for its silence to be noticed. */
  readonly end: () => Promise<void>
}

/** Says again and again that this process lives, until its life closes. */
export function keepBeating(
  { lifecycle, log }: Pick<ProcessParts, 'lifecycle' | 'log'>,
  { everyMs, beat, end }: Heart,
): void {
  const beating = every(everyMs, { log, name: 'heartbeat' }, beat)
  lifecycle.onClose({
    name: 'heartbeat',
    close: async () => {
      await beating.stop()
      await end().catch((error: unknown) => {
        // A store that is away makes the end of this process no worse: its silence will be noticed.
        log.warn({ err: error }, 'the end could not be told')
      })
    },
  })
}
