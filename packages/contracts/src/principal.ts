import { z } from 'zod'

import { PrincipalId } from './ids.ts'

export const ROLES = ['ops_admin', 'ops_viewer', 'ci', 'ingest'] as const
export const Role = z.enum(ROLES)
export type Role = z.infer<typeof Role>

/** What a key or a token may do. A role is a fixed set of these. */
export const SCOPES = [
  'metrics:write',
  'releases:write',
  'releases:approve',
  'policies:write',
  'waivers:write',
  'guard:read',
  'ops:read',
  'incidents:write',
  'escalation:write',
  'queues:read',
  'queues:write',
  'access:admin',
] as const
export const Scope = z.enum(SCOPES)
export type Scope = z.infer<typeof Scope>

/** The scopes of each role; nothing else is ever allowed (deny by default). */
export const SCOPES_OF_ROLE: Readonly<Record<Role, readonly Scope[]>> = {
  ops_admin: SCOPES,
  ops_viewer: ['guard:read', 'ops:read', 'queues:read'],
  ci: ['guard:read', 'releases:write'],
  ingest: ['metrics:write'],
}

/** Who did it. `id` is opaque: names are kept apart from the log, where they can be erased. */
export const Actor = z.strictObject({
  kind: z.enum(['person', 'key', 'system']),
  id: PrincipalId,
})
export type Actor = z.infer<typeof Actor>

/** The way on which a command came in. */
export const Via = z.enum(['http', 'cli', 'sql', 'alarm', 'timer', 'import', 'system'])
export type Via = z.infer<typeof Via>

/** Free text of a person, encrypted with that person's key: erasing the key forgets the text. */
export const SealedText = z.strictObject({
  by: PrincipalId,
  /** base64 of nonce (12 bytes), AES-256-GCM ciphertext and tag (16 bytes). */
  sealed: z.string().max(16_384),
})
export type SealedText = z.infer<typeof SealedText>

/** Portcullis itself: what alarms and timers do. */
export const SYSTEM_ACTOR: Actor = { kind: 'system', id: 'system' as PrincipalId }
