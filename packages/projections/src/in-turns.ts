import { setImmediate as others } from 'node:timers/promises'

import type { Steps } from '@portcullis/domain'

/** How long other work of the process waits at a time. */
const TURN_MS = 5

/** Whether work has had its turn, and the way to let others have theirs. */
export interface Turns {
  readonly areOver: () => boolean
  readonly next: () => Promise<void>
}

/** Begins to count turns; the first one is now. */
export function createTurns(): Turns {
  let since = performance.now()
  return {
    areOver: () => performance.now() - since >= TURN_MS,
    next: async () => {
      await others()
      since = performance.now()
    },
  }
}

/** Does work step by step; other work of the process has its turn in between. */
export async function inTurns<Result>(
  steps: Steps<Result>,
  turns: Turns = createTurns(),
): Promise<Result> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (turns.areOver()) await turns.next()
  }
}
