export { inCleanEnvironment } from './clean-environment.ts'
export {
  createDatabase,
  type CreateDatabaseOptions,
  type Prepared,
  type TestDatabase,
} from './create-database.ts'
export { type FakeClock, fakeClock } from './fake-clock.ts'
export { chooseFreePort as freePort } from '@portcullis/embedded-postgres'
export { type QueueBackend, queueBackends, type QueueConnection } from './queue-backends.ts'
export { reapAfterDeath } from './reap-after-death.ts'
export { sharedPostgres } from './shared-postgres.ts'
export { startPostgres, type TestPostgres } from './start-postgres.ts'
export {
  type Answering,
  type ReceivedRequest,
  type Receiver,
  type ReceiverAnswer,
  startReceiver,
} from './start-receiver.ts'
export { type RedisOptions, startRedis, type TestRedis } from './start-redis.ts'
export { makeTemporaryFolder } from './temporary-folder.ts'
export type { TestScope } from './test-scope.ts'
export { waitFor, type WaitOptions } from './wait-for.ts'
