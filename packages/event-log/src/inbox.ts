import type { EpochMs, ProjectId } from '@portcullis/contracts'

import type { Db } from './db.ts'

/** A message that is to be applied once, and what its sender was answered. */
export interface InboxMessage {
  /** Unique within the project: whoever scopes ids by their owner puts the owner into it. */
  readonly messageId: string
  /** Hex SHA-256 of the body: the same id with another body is another message, and refused. */
  readonly bodyHash: string
  /** JSON: a retry gets the same answer. */
  readonly answer: unknown
}

/**
 * Claims messages for this transaction and returns the ids that nobody had claimed before. Only those
 * may be applied; when the transaction rolls back, they are free again.
 *
 * A message that another open transaction has claimed is waited for: it is new again when that one
 * rolls back. An id that is given twice is claimed once, with its first body.
 */
export async function claimMessages(
  tx: Db,
  project: ProjectId,
  messages: readonly InboxMessage[],
  now: EpochMs,
): Promise<Set<string>> {
  if (messages.length === 0) return new Set()
  // ON CONFLICT looks each id up in the index whatever the plan; `= ANY` on a table that was empty
  // when its plan was made scans for ever. The order keeps two transactions from a deadlock.
  const { rows } = await tx.query<{ message_id: string }>({
    name: 'portcullis.claim_messages',
    text: `insert into inbox (project_id, message_id, body_hash, answer, recorded_at)
     select $1, message_id, body_hash, answer::json, $5
     from unnest($2::text[], $3::text[], $4::text[]) with ordinality
       as given (message_id, body_hash, answer, nth)
     order by message_id, nth
     on conflict (project_id, message_id) do nothing
     returning message_id`,
    values: [
      project,
      messages.map(({ messageId }) => messageId),
      messages.map(({ bodyHash }) => bodyHash),
      messages.map(({ answer }) => JSON.stringify(answer)),
      new Date(now).toISOString(),
    ],
  })
  return new Set(rows.map((row) => row.message_id))
}

/** Returns those of the given messages that have been applied, by id. */
export async function findMessages(
  db: Db,
  project: ProjectId,
  messageIds: readonly string[],
): Promise<Map<string, InboxMessage>> {
  if (messageIds.length === 0) return new Map()
  // Without a name, as every statement here: it is planned for the table as it is now.
  const { rows } = await db.query<{ message_id: string; body_hash: string; answer: unknown }>(
    `select message_id, body_hash, answer from inbox
     where project_id = $1 and message_id = any($2::text[])`,
    [project, messageIds],
  )
  return new Map(
    rows.map(({ message_id, body_hash, answer }) => [
      message_id,
      { messageId: message_id, bodyHash: body_hash, answer },
    ]),
  )
}
