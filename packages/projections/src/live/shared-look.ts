/** A look that requests share. */
export interface SharedLook<Result> {
  /**
   * Resolves to the result of a look that began after this call. Requests that wait share the next
   * look; none joins one that is in flight already, because what was committed since it began would
   * be missing from it. Rejects when the look fails, or takes longer than its deadline.
   */
  next(): Promise<Result>
}

/**
 * Makes looks of `look` shared; one runs at a time. Whoever waits longer than `deadlineMs`, behind a
 * look that hangs for example, is told so instead of waiting on; the look itself stays the next one.
 */
export function createSharedLook<Result>(
  look: () => Promise<Result>,
  { deadlineMs }: { readonly deadlineMs: number },
): SharedLook<Result> {
  let inFlight: Promise<unknown> = Promise.resolve()
  /** The next look. There is one at most until it begins, whoever gave up waiting for it. */
  let pending: Promise<Result> | undefined
  /** The same, for as long as its callers may wait; later ones get a deadline of their own. */
  let waiting: Promise<Result> | undefined

  const begin = (): Promise<Result> => {
    const result = inFlight.then(() => {
      pending = undefined
      waiting = undefined
      return look()
    })
    // Whoever waits for its end only wants to know that it ended.
    inFlight = result.then(
      () => undefined,
      () => undefined,
    )
    return result
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
