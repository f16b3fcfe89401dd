import type { LiveViews } from '@portcullis/projections'

import { problem } from '../problem/problem.ts'

/** Seconds after which a client may try again: a look that hangs is given up within three. */
const LOOK_RETRY_SECONDS = 3

/** Returns views that throw the problem STORE_UNAVAILABLE while the store cannot be looked at. */
export function liveOrProblem(live: LiveViews): LiveViews {
  return {
    next: async () => {
      try {
        return await live.next()
      } catch (error) {
        throw problem('STORE_UNAVAILABLE', { retryAfterSeconds: LOOK_RETRY_SECONDS, cause: error })
      }
    },
  }
}
