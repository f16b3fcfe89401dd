import { setImmediate as others } from 'node:timers/promises'

import type { Steps } from '@portcullis/domain'

/** How long other work of the process waits at a time. */
const TURN_MS = 5

/** Does work step by step; other work of the process has its turn in between. */
export async function inTurns<Result>(steps: Steps<Result>): Promise<Result> {
  let since = performance.now()
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (performance.now() - since < TURN_MS) continue
    await others()
    since = performance.now()
  }
}
