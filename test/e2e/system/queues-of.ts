import { openQueueBackend, type QueueBackend } from '@portcullis/queues'
import type { TestScope } from '@portcullis/testkit'

import type { System } from './start-system.ts'

/** Opens the queues of a system beside its processes, as an operator does; closed with the test. */
export function queuesOf(t: TestScope, { database, redis }: System): QueueBackend {
  const { connectionString } = database
  const queues = openQueueBackend(
    redis ? { kind: 'redis', url: redis.url } : { kind: 'postgres', connectionString },
    // While a test takes the server away; calls fail by themselves.
    { onError: () => {} },
  )
  t.teardown(() => queues.close())
  return queues
}
