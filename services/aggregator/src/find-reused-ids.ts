import { inboxIdOf, type MetricBatchMessage, type ProjectId } from '@portcullis/contracts'
import { type Db, findMessages } from '@portcullis/event-log'

/**
 * Returns the ids of those batches whose id was used before for another body. A gateway refuses such a
 * batch, unless the first one waited in the queue of another gateway at that moment: then its sender
 * was told 202, and has to be told apart from those who only repeated themselves.
 */
export async function findReusedIds(
  tx: Db,
  project: ProjectId,
  duplicates: readonly MetricBatchMessage[],
): Promise<string[]> {
  const applied = await findMessages(tx, project, duplicates.map(inboxIdOf))
  return duplicates
    .filter((one) => applied.get(inboxIdOf(one))?.bodyHash !== one.bodyHash)
    .map(({ batchId }) => batchId)
}
