import { createDatabase } from './create-database.ts'
import { startRedis } from './start-redis.ts'
import type { TestScope } from './test-scope.ts'

/** Where the queues of a test live, in the shape of the product's own setting. */
export type QueueConnection =
  | Readonly<{ kind: 'postgres'; connectionString: string }>
  | Readonly<{ kind: 'redis'; url: string }>

/** One of the backends that a conformance suite runs on. */
export type QueueBackend = Readonly<{
  name: 'postgres' | 'redis'
  /** Gives a fresh, empty place for queues that ends with the test. */
  start: (t: TestScope) => Promise<QueueConnection>
}>

/** The backends of the queues. Whatever holds on one must hold on the other. */
export const queueBackends: readonly QueueBackend[] = [
  {
    name: 'postgres',
    start: async (t) => {
      const { connectionString } = await createDatabase(t)
      return { kind: 'postgres', connectionString }
    },
  },
  {
    name: 'redis',
    start: async (t) => {
      const { url } = await startRedis(t, { appendfsync: 'always' })
      return { kind: 'redis', url }
    },
  },
]
