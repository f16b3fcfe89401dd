import { Queue } from 'bullmq'

import type { QueueBackend } from './backend.ts'

/** Returns a queue as Bull Board's types want it: they know Redis alone, the board itself knows both. */
export function boardQueueOf(backend: QueueBackend, name: string): Queue {
  const queue: unknown = backend.queue(name)
  if (!(queue instanceof Queue)) throw new Error(`${name} is not one of BullMQ's queues`)
  return queue
}
