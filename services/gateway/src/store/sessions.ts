import type { EpochMs, PrincipalId, ProjectId, Role } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** A browser's session, without its token. */
export interface StoredSession {
  readonly principalId: PrincipalId
  readonly role: Role
  readonly expiresAt: EpochMs
}

/** The sessions of browsers; tokens are stored hashed, and may be so in several ways. */
export interface Sessions {
  /** Also clears away the sessions that have ended by `now`. */
  add(tokenHash: string, session: StoredSession, now: EpochMs): Promise<void>
  /** Returns the session unless it has ended by `now`. */
  find(tokenHashes: readonly string[], now: EpochMs): Promise<StoredSession | undefined>
  end(tokenHashes: readonly string[]): Promise<void>
}

interface Row {
  readonly principal_id: PrincipalId
  readonly role: Role
  readonly expires_at: Date
}

/** Returns the sessions that all gateways share. */
export function sessionsIn(db: Db, projectId: ProjectId): Sessions {
  return {
    add: async (tokenHash, { principalId, role, expiresAt }, now) => {
      await db.query('delete from sessions where project_id = $1 and expires_at <= $2', [
        projectId,
        new Date(now),
      ])
      await db.query(
        `insert into sessions (project_id, token_hash, principal_id, role, expires_at)
         values ($1, $2, $3, $4, $5)`,
        [projectId, tokenHash, principalId, role, new Date(expiresAt)],
      )
    },
    find: async (tokenHashes, now) => {
      const { rows } = await db.query<Row>(
        `select principal_id, role, expires_at from sessions
         where project_id = $1 and token_hash = any($2::text[]) and expires_at > $3`,
        [projectId, tokenHashes, new Date(now)],
      )
      const row = rows[0]
      if (row === undefined) return undefined
      return {
        principalId: row.principal_id,
        role: row.role,
        expiresAt: row.expires_at.getTime() as EpochMs,
      }
    },
    end: async (tokenHashes) => {
      await db.query(
        'delete from sessions where project_id = $1 and token_hash = any($2::text[])',
        [projectId, tokenHashes],
      )
    },
  }
}
