// A job's failed reason is the only thing that BullMQ keeps of an error. What the sweep must know
// (may it be run again by itself?) is therefore said in its first word.

const POISON = 'poison: '

/** BullMQ keeps reasons with the job, and people read them in a table. */
const REASON_LENGTH_MAX = 1_000

/** Returns the failed reason of a job that would fail again however often it is run. */
export function poisonReason(why: string): string {
  return `${POISON}${why}`.slice(0, REASON_LENGTH_MAX)
}

/** Returns whether a failed job is poison; all others failed by stalls, outages or exhausted retries. */
export function isPoison(failedReason: string): boolean {
  return failedReason.startsWith(POISON)
}

/** Returns an error's message in one piece, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
