/** A look that requests share. */
export interface SharedLook<Result> {
  /**
   * Resolves to the result of a look that began after this call. Requests that wait share the next
   * look; none joins one that is in flight already, because what was committed since it began would
   * be missing from it.
   */
  next(): Promise<Result>
}

/** Makes looks of `look` shared. One runs at a time; one that fails fails those who wait for it. */
export function createSharedLook<Result>(look: () => Promise<Result>): SharedLook<Result> {
  let inFlight: Promise<unknown> = Promise.resolve()
  let waiting: Promise<Result> | undefined

  const begin = async (): Promise<Result> => {
    await inFlight
    waiting = undefined
    const result = look()
    // Whoever waits for its end only wants to know that it ended.
    inFlight = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }
  return {
    next: () => {
      waiting ??= begin()
      return waiting
    },
  }
}
