/**
 * Items that arrive while a commit runs form the next group, so that a transaction is paid for once
 * by all that waited.
 *
 * States: idle -> gathering (the turn's end, the linger or the spacing) -> running -> gathering or idle.
 * One group runs at a time; items are taken in the order in which they came.
 */
export interface GroupCommit<Item, Result> {
  /** Resolves to the item's result once its group is committed; rejects with why it was not. */
  submit(item: Item): Promise<Result>
  /** Resolves when nothing waits or runs any more. */
  whenIdle(): Promise<void>
}

export interface GroupCommitOptions<Item, Result> {
  /** Does the items' work in one transaction; the results in the order of the items. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>
  /** A retryable error (an outage) rejects its whole group; any other is hunted down to its items. */
  readonly isRetryable: (error: unknown) => boolean
  readonly itemsMax: number
  /** Sum of `bytesOf` over a group; a larger item goes alone. */
  readonly bytesMax?: number
  readonly bytesOf?: (item: Item) => number
  /** How long a group that is not full waits for company before it is run. */
  readonly lingerMs?: number
  /** Returns the least time from the begin of a group to the begin of the next one that is not full. */
  readonly spacingMs?: () => number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly bytes: number
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Returns a combiner. When a group fails with an error that is not retryable, its halves are run by
 * themselves, down to the single items that fail: those reject with their own error, all others
 * resolve. A group of n items with one bad one takes about 2 log2(n) further runs.
 */
export function createGroupCommit<Item, Result>(
  options: GroupCommitOptions<Item, Result>,
): GroupCommit<Item, Result> {
  const { lingerMs = 0, spacingMs = () => 0, bytesOf = () => 0 } = options
  const waiting: Waiting<Item, Result>[] = []
  let pumping: Promise<void> | undefined
  let endGathering = (): void => {}
  let begunAtMs = -Infinity

  const pump = async (): Promise<void> => {
    while (waiting.length > 0) {
      const isFull = waiting.length >= options.itemsMax
      const gatherMs = Math.max(lingerMs, begunAtMs + spacingMs() - performance.now())
      // What arrives in the same turn belongs together, even without a linger.
      await (isFull || gatherMs <= 0 ? Promise.resolve() : gather(gatherMs))
      begunAtMs = performance.now()
      await runGroup(takeGroup(waiting, options), options)
    }
    pumping = undefined
  }
  const gather = async (ms: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    endGathering = resolve
    await promise
    clearTimeout(timer)
  }

  return {
    submit: async (item) => {
      const { promise, resolve, reject } = Promise.withResolvers<Result>()
      waiting.push({ item, bytes: bytesOf(item), resolve, reject })
      if (waiting.length >= options.itemsMax) endGathering()
      pumping ??= pump()
      return promise
    },
    whenIdle: async () => {
      while (pumping !== undefined) await pumping
    },
  }
}

/** Takes the next group off the front: at least one item, within the limits of items and bytes. */
function takeGroup<Item, Result>(
  waiting: Waiting<Item, Result>[],
  { itemsMax, bytesMax = Infinity }: GroupCommitOptions<Item, Result>,
): Waiting<Item, Result>[] {
  let count = 0
  let bytes = 0
  for (const next of waiting) {
    bytes += next.bytes
    if (count > 0 && (count >= itemsMax || bytes > bytesMax)) break
    count += 1
  }
  return waiting.splice(0, count)
}

async function runGroup<Item, Result>(
  group: readonly Waiting<Item, Result>[],
  options: GroupCommitOptions<Item, Result>,
): Promise<void> {
  let results: readonly Result[]
  try {
    results = await options.run(group.map(({ item }) => item))
  } catch (error) {
    if (group.length === 1 || options.isRetryable(error)) return rejectAll(group, error)
    const half = group.length >> 1
    // One after the other, so that items keep their order.
    await runGroup(group.slice(0, half), options)
    return runGroup(group.slice(half), options)
  }
  // A bug, and the work is committed: running it again in halves could only do more harm.
  if (results.length !== group.length) {
    const error = new Error(`a group of ${group.length} items gave ${results.length} results`)
    return rejectAll(group, error)
  }
  group.forEach((one, index) => one.resolve(results[index]!))
}

function rejectAll<Item, Result>(group: readonly Waiting<Item, Result>[], error: unknown): void {
  for (const one of group) one.reject(error)
}
