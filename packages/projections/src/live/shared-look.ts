/** A look that requests share. */
export interface SharedLook<Result> {
  /**
   * Resolves to the result of a look that began after this call. Requests that wait share the next
   * look; none joins one that is in flight already, because what was committed since it began would
   * be missing from it. Rejects when the look fails, or takes longer than its deadline.
   */
  next(): Promise<Result>
}

/** How looks are shared. */
export interface SharedLookOptions {
  /** Looks in flight at a time. While one is answered, the next is under way already. */
  readonly atOnce: number
  readonly deadlineMs: number
}

/**
 * Makes looks of `look` shared. A look begins when the event loop has been round, so that all who arrived in
 * that round share it. Whoever waits longer than `deadlineMs`, behind looks that hang for example, is
 * told so instead of waiting on; the look itself stays the next one.
 */
export function createSharedLook<Result>(
  look: () => Promise<Result>,
  { atOnce, deadlineMs }: SharedLookOptions,
): SharedLook<Result> {
  let inFlight = 0
  let onEnd: (() => void) | undefined
  /** The next look. There is one at most until it begins, whoever gave up waiting for it. */
  let pending: Promise<Result> | undefined
  /** The same, for as long as its callers may wait; later ones get a deadline of their own. */
  let waiting: Promise<Result> | undefined

  const begin = async (): Promise<Result> => {
    if (inFlight === atOnce) await new Promise<void>((resolve) => (onEnd = resolve))
    inFlight += 1
    await new Promise(setImmediate)
    pending = undefined
    waiting = undefined
    try {
      return await look()
    } finally {
      inFlight -= 1
      onEnd?.()
      onEnd = undefined
    }
  }
  return {
    next: () => {
      pending ??= begin()
      waiting ??= within(deadlineMs, pending, () => {
        waiting = undefined
      })
      return waiting
    },
  }
}

/** One timer serves all who share the promise. */
async function within<Result>(
  deadlineMs: number,
  result: Promise<Result>,
  onLate: () => void,
): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    onLate()
    reject(new Error(`the store did not answer within ${deadlineMs} ms`))
  }, deadlineMs)
  try {
    return await Promise.race([result, promise])
  } finally {
    clearTimeout(timer)
  }
}
