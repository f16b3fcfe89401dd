import type { BatchAnswer } from '@portcullis/contracts'

/** What was answered for a batch, and for which body. */
export interface AcceptedBatch {
  readonly bodyHash: string
  readonly answer: BatchAnswer
}

/** About what an entry takes beside its answer. */
const ENTRY_BYTES = 400

/**
 * The batches that this gateway accepted lately, by inbox id. It bridges the time until the inbox has
 * them; after that it saves a question. What is oldest goes first.
 */
export class RecentBatches {
  readonly #bytesMax: number
  readonly #batches = new Map<string, AcceptedBatch & { readonly bytes: number }>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get(id: string): AcceptedBatch | undefined {
    return this.#batches.get(id)
  }

  add(id: string, { bodyHash, answer }: AcceptedBatch): void {
    const rejectedBytes = answer.rejected.reduce((sum, { error }) => sum + 40 + error.length, 0)
    const bytes = ENTRY_BYTES + id.length + rejectedBytes
    this.#bytes += bytes - (this.#batches.get(id)?.bytes ?? 0)
    this.#batches.delete(id)
    this.#batches.set(id, { bodyHash, answer, bytes })
    for (const [oldest, batch] of this.#batches) {
      if (this.#bytes <= this.#bytesMax) break
      this.#batches.delete(oldest)
      this.#bytes -= batch.bytes
    }
  }
}
