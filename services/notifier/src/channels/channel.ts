import type { NotificationId } from '@portcullis/contracts'
import type { AttemptAnswer } from '@portcullis/domain'

/** One attempt to deliver, as a channel gets it. */
export interface Attempt {
  /** The same for every attempt: receivers drop what they have seen. */
  readonly id: NotificationId
  /** When this attempt is made. */
  readonly at: Date
  /** The JSON text to send, the same for every attempt. */
  readonly body: string
}

/** A way out of the house. Every integration is a folder here with one of these. */
export interface Channel {
  readonly name: string
  /** Hex SHA-256 of the receiver's URL; null where there is nobody who could be gone. */
  readonly receiver: string | null
  /** Attempts once; never throws: what went wrong is in the answer. */
  send(attempt: Attempt, signal: AbortSignal): Promise<AttemptAnswer>
}
