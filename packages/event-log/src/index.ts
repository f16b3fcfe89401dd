export { appendEvents, isStreamConflict, type NewEvent } from './append-events.ts'
export {
  type Checkpoint,
  checkpointHolds,
  readCheckpoint,
  signCheckpoint,
  type SignedCheckpoint,
  verifyCheckpoint,
} from './checkpoint.ts'
export type { Db } from './db.ts'
export { exportLog, type ExportOptions } from './export-log.ts'
export { importLog, type ImportCheck, type ImportReport } from './import-log.ts'
export { claimMessages, findMessages, type InboxMessage } from './inbox.ts'
export { incidentIdOf } from './incident-id.ts'
export { isRetryable, overtaken } from './is-retryable.ts'
export { oneAhead } from './one-ahead.ts'
export { openPool, type PoolOptions } from './open-pool.ts'
export { readAll, type ReadAllOptions } from './read-all.ts'
export {
  type EventRange,
  type LogHead,
  readEvents,
  readEventsAt,
  readEventsOfType,
  readHead,
  readStream,
  readNewestOfStreams,
  readStreamBackwards,
  readStreamsUpTo,
  readTypeBackwards,
  readTypeBetween,
  readStreamMentions,
} from './read-events.ts'
export {
  alarmStream,
  incidentStream,
  keyStream,
  lossStream,
  notificationStream,
  receiverStream,
  policyStream,
  releaseStream,
  sealStream,
  verdictStream,
  waiverStream,
} from './streams.ts'
export { subscribe, type Subscription } from './subscribe.ts'
export { inTransaction } from './transaction.ts'
export { createUpcasting, type Upcaster, type Upcasting, upcasting } from './upcast.ts'
export { hashOfBatch } from './batch-hash.ts'
export {
  type BatchFault,
  type BatchMismatch,
  type BatchReport,
  verifyBatches,
} from './verify-batches.ts'
export {
  type ChainFault,
  type ChainMismatch,
  type ChainReport,
  verifyChain,
  type VerifyChainOptions,
} from './verify-chain.ts'
