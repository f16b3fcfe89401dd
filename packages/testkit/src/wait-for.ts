import { setTimeout as delay } from 'node:timers/promises'

export type WaitOptions = Readonly<{
  /** What is waited for, as the subject of "did not come": for the message. */
  what: string
  timeoutMs?: number
  pollMs?: number
}>

/** A machine that runs several test files at a time may be slow: what is so is found at once all the same. */
const TIMEOUT_MS = 30_000
const POLL_MS = 10

/**
 * Waits until `predicate` gives something other than undefined, null or false, and returns that.
 *
 * Level-triggered: what is asked is whether it is so, never whether it changed; so nothing is
 * missed that happened before the call. An error thrown by the predicate counts as "not yet": the
 * last one is the cause of the error that is thrown when the time is over.
 */
export async function waitFor<T>(
  predicate: () => Promise<T> | T,
  options: WaitOptions,
): Promise<Exclude<T, undefined | null | false>> {
  const { what, timeoutMs = TIMEOUT_MS, pollMs = POLL_MS } = options
  const deadline = performance.now() + timeoutMs
  let cause: unknown
  for (;;) {
    try {
      const found = await predicate()
      if (isThere(found)) return found
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (performance.now() > deadline) {
      throw new Error(`${what} did not come within ${timeoutMs} ms.`, { cause })
    }
    await delay(pollMs)
  }
}

function isThere<T>(found: T): found is Exclude<T, undefined | null | false> {
  return found !== undefined && found !== null && found !== false
}
