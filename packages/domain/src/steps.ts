/**
 * Work that takes longer than others should have to wait, cut into steps of about a millisecond.
 * Whoever drives it may let others have their turn in between, and gets the result at the end.
 */
export type Steps<Result> = Generator<void, Result, void>

/** Does all the work at once, and returns its result. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
