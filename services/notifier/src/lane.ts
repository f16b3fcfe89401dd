/**
 * The places that one channel has for attempts under way, so that a receiver which hangs takes none of
 * another one's.
 *
 * A lane is open, or closed: while it pauses, or while it is stuck, which is when somebody waited in vain for
 * a place. It is no longer stuck once an attempt ends. What finds it closed stays in the outbox, where
 * the sweep finds it again.
 */
export interface Lane {
  /** Takes places, as soon as there are as many. Resolves to false, with none taken, where the lane is closed. */
  take(places: number): Promise<boolean>
  /** Does work in a place that was taken, which is free again when it ends. */
  run(work: () => Promise<void>): void
  /** Gives back places that were taken and are not needed. */
  giveBack(places: number): void
  /** Closes the lane for a while; the longest pause counts. */
  pause(ms: number): void
  isClosed(): boolean
  /** Resolves when nothing is under way any more. */
  whenIdle(): Promise<void>
}

export interface LaneOptions {
  readonly places: number
  /** How long one waits for places before the lane counts as stuck. */
  readonly patienceMs: number
  /** Told of what work throws. */
  readonly onError: (error: unknown) => void
}

/** Makes an open lane. */
export function createLane({ places, patienceMs, onError }: LaneOptions): Lane {
  let free = places
  let pauses = 0
  let isStuck = false
  let changed = Promise.withResolvers<void>()

  const change = (): void => {
    changed.resolve()
    changed = Promise.withResolvers()
  }
  const giveBack = (count: number): void => {
    free += count
    isStuck = false
    change()
  }
  const isClosed = (): boolean => isStuck || pauses > 0
  return {
    take: async (count) => {
      const patience = createPatience(patienceMs)
      while (!isClosed() && free < count && !patience.isOver()) {
        await Promise.race([changed.promise, patience.end])
      }
      patience.stop()
      if (isClosed()) return false
      isStuck = free < count
      if (isStuck) return false
      free -= count
      return true
    },
    run: (work) => {
      void work()
        .catch(onError)
        .then(() => giveBack(1))
    },
    giveBack,
    pause: (ms) => {
      pauses += 1
      change()
      setTimeout(() => {
        pauses -= 1
        change()
      }, ms).unref()
    },
    isClosed,
    whenIdle: async () => {
      while (free < places) await changed.promise
    },
  }
}

interface Patience {
  readonly end: Promise<void>
  isOver(): boolean
  stop(): void
}

function createPatience(ms: number): Patience {
  const { promise, resolve } = Promise.withResolvers<void>()
  let isOver = false
  const timer = setTimeout(() => {
    isOver = true
    resolve()
  }, ms)
  return { end: promise, isOver: () => isOver, stop: () => clearTimeout(timer) }
}
