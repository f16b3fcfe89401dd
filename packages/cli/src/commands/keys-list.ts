import { type EpochMs, SCOPES_OF_ROLE } from '@portcullis/contracts'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { type KnownKey, readApiKeys } from '../store/api-keys.ts'
import { withStore } from '../store/with-store.ts'
import { instantText } from '../terminal/instant.ts'

type Status = 'active' | 'expired' | 'revoked'

export const keysList = defineCommand({
  name: 'keys list',
  summary: 'the API keys: whose they are, and which are in force',
  options: { json: JSON_OPTION },
  run: async (cli, { json }) => {
    const keys = await withStore(cli, ({ pool }) => readApiKeys(pool))
    const now = cli.clock.now()
    if (json) cli.terminal.json(keys.map((key) => wireOf(key, now)))
    else print(cli, keys, now)
    return EXIT.ok
  },
})

function statusOf({ revokedAt, expiresAt }: KnownKey, now: EpochMs): Status {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active'
}

function print({ terminal }: Cli, keys: readonly KnownKey[], now: EpochMs): void {
  if (keys.length === 0) {
    terminal.line('There is no API key. `portcullis keys create --role ci` makes one.')
    return
  }
  const { paint } = terminal
  terminal.table({
    head: ['KEY', 'STATUS', 'ROLE', 'EXPIRES', 'CREATED', 'BY', 'NAME', 'ONLY'],
    rows: keys.map((key) => {
      const status = statusOf(key, now)
      return [
        key.keyId,
        { text: status, style: status === 'active' ? paint.good : paint.faint },
        key.role,
        key.expiresAt === null ? 'never' : instantText(key.expiresAt),
        instantText(key.createdAt),
        key.createdBy,
        key.name ?? '-',
        // All that the role may do is the usual case, and needs no words.
        key.scopes.length === SCOPES_OF_ROLE[key.role].length ? '-' : key.scopes.join(', '),
      ]
    }),
  })
}

function wireOf(key: KnownKey, now: EpochMs): Readonly<Record<string, unknown>> {
  const { keyId, name, role, scopes, createdBy, createdAt, expiresAt, revokedAt } = key
  return {
    key_id: keyId,
    status: statusOf(key, now),
    name,
    role,
    scopes,
    created_by: createdBy,
    created_at: isoOrNull(createdAt),
    expires_at: isoOrNull(expiresAt),
    revoked_at: isoOrNull(revokedAt),
  }
}

function isoOrNull(at: EpochMs | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
