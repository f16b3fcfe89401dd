import type { LogPosition } from '@portcullis/contracts'
import type { RecordedEvent } from '@portcullis/contracts'
import { type AccessEvent, type ApiKey, evolveApiKey } from '@portcullis/domain'

import type { ReadModel } from '../read-model.ts'
import { countOf, instantOf, instantOrNull, isoOf, isoOrNull, valueOf } from '../record.ts'

/** An API key, without its secret: only the SHA-256 of that is kept. */
export type ApiKeyRow = ApiKey & { readonly position: LogPosition }

/** `api_keys`: one row a key, revoked ones included. */
export const apiKeyModel: ReadModel<ApiKeyRow> = {
  table: 'api_keys',
  key: ['key_id'],
  keysOf: (event) =>
    event.type === 'access.key_created' || event.type === 'access.key_revoked'
      ? [[event.data.keyId]]
      : [],
  evolve: (row, event) => ({
    ...evolveApiKey(row, event as RecordedEvent<AccessEvent>),
    position: event.position,
  }),
  toRecord: (row) => ({
    key_id: row.keyId,
    role: row.role,
    scopes: row.scopes,
    secret_hash: row.secretHash,
    created_by: row.createdBy,
    created_at: isoOf(row.createdAt),
    expires_at: isoOrNull(row.expiresAt),
    revoked_at: isoOrNull(row.revokedAt),
    position: row.position,
  }),
  fromRecord: (record) => ({
    keyId: valueOf(record, 'key_id'),
    role: valueOf(record, 'role'),
    scopes: valueOf(record, 'scopes'),
    secretHash: valueOf(record, 'secret_hash'),
    createdBy: valueOf(record, 'created_by'),
    createdAt: instantOf(record, 'created_at'),
    expiresAt: instantOrNull(record, 'expires_at'),
    revokedAt: instantOrNull(record, 'revoked_at'),
    position: countOf(record, 'position') as LogPosition,
  }),
}
