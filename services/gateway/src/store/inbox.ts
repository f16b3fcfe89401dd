import { BatchAnswer, type ProjectId } from '@portcullis/contracts'
import { findMessages, type Db } from '@portcullis/event-log'
import { createGroupCommit } from '@portcullis/queues'

import type { AcceptedBatch } from '../routes/request-metrics/recent-batches.ts'

const IDS_PER_LOOK_MAX = 500

/** Returns the look into the inbox; those who ask during a look share the next one. */
export function inboxIn(
  db: Db,
  projectId: ProjectId,
): (inboxId: string) => Promise<AcceptedBatch | undefined> {
  const look = async (ids: readonly string[]): Promise<(AcceptedBatch | undefined)[]> => {
    const found = await findMessages(db, projectId, ids)
    return ids.map((id) => {
      const message = found.get(id)
      if (message === undefined) return undefined
      return { bodyHash: message.bodyHash, answer: BatchAnswer.parse(message.answer) }
    })
  }
  const looks = createGroupCommit({
    run: look,
    isRetryable: () => true,
    itemsMax: IDS_PER_LOOK_MAX,
  })
  return (inboxId) => looks.submit(inboxId)
}
