/** A bounded number of things that may be under way at a time. */
export interface Slots {
  /** Starts `work` as soon as a slot is free, and resolves when it has started. */
  start(work: () => Promise<void>): Promise<void>
  /** Resolves when nothing is under way any more. */
  whenIdle(): Promise<void>
}

/** Makes `count` slots. What work throws goes to `onError`, and its slot is free again. */
export function createSlots(count: number, onError: (error: unknown) => void): Slots {
  const underWay = new Set<Promise<void>>()
  return {
    start: async (work) => {
      while (underWay.size >= count) await Promise.race(underWay)
      const running = work()
        .catch(onError)
        .then(() => void underWay.delete(running))
      underWay.add(running)
    },
    whenIdle: async () => {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
