import { openQueueBackend, type QueueBackend, queueConfigOf } from '@portcullis/queues'

import { EXIT } from '../exit.ts'
import { failure, reasonOf } from '../failure.ts'
import type { Store } from './with-store.ts'

/** Opens the queues of an installation, does `work` and closes them, whatever happens. */
export async function withQueues<Result>(
  { config, connectionString }: Store,
  work: (queues: QueueBackend) => Promise<Result>,
): Promise<Result> {
  const queues = openQueueBackend(queueConfigOf(config.storage, connectionString), {
    // Each call that fails says so itself.
    onError: () => {},
  })
  try {
    await checked(queues)
    return await work(queues)
  } finally {
    await queues.close()
  }
}

/** Its warnings about durability are for the log of those who accept data. */
async function checked(queues: QueueBackend): Promise<void> {
  try {
    await queues.check()
  } catch (error) {
    const where = queues.kind === 'postgres' ? 'in the database' : 'on Redis'
    throw failure(
      EXIT.unreachable,
      `the queues ${where} cannot be used (${reasonOf(error)}); check REDIS_URL, and run \`portcullis migrate\` where queues live in the database.`,
      error,
    )
  }
}
