/** How far apart jobs are that carry batches. */
export interface JobSpacing {
  /** Hears that a job of a shard begins. */
  noteJob(shard: number): void
  /** Returns the least milliseconds from a job of a shard to its next one. */
  spacingMs(): number
}

/**
 * A steady flow of 75 batches a second takes half of the processor time when three share a job (bench
 * `verdict`).
 */
const PER_SHARD_MS = 40

/**
 * Makes a spacing by which the jobs of all shards together are no more than those of one that is busy alone:
 * a job, and the transaction that follows from it, cost Postgres about the same however much they carry. With
 * four busy shards that each had a job every 40 ms, pages came later the more of them there were (bench
 * `page`).
 */
export function createJobSpacing(shards: number, nowMs: () => number): JobSpacing {
  const lastAtMs = new Map<number, number>()
  // Long enough to hold the last job of a shard that is as far apart as all of them make it.
  const busyMs = 2 * PER_SHARD_MS * shards
  return {
    noteJob: (shard) => void lastAtMs.set(shard, nowMs()),
    spacingMs: () => {
      const since = nowMs() - busyMs
      const busy = [...lastAtMs.values()].filter((atMs) => atMs > since).length
      return PER_SHARD_MS * Math.max(1, busy)
    },
  }
}
