import type { EpochMs, KeyId, Role, Scope } from '@portcullis/contracts'
import { createGroupCommit } from '@portcullis/queues'
import type { Clock } from '@portcullis/runtime'

/** A key as the projection `api_keys` has it. */
export interface StoredKey {
  readonly keyId: KeyId
  readonly role: Role
  readonly scopes: readonly Scope[]
  /** Hex SHA-256. */
  readonly secretHash: string
  readonly expiresAt: EpochMs | null
  readonly revokedAt: EpochMs | null
}

/** Looks keys up in the store; ids without a key are left out. */
export type FindKeys = (keyIds: readonly KeyId[]) => Promise<readonly StoredKey[]>

/** How long a key counts without being looked at again: a revocation is felt within it. */
export const KEY_FRESH_MS = 1_000
/** How long it counts while the store cannot be reached, where no revocation could be made either. */
const KEY_GRACE_MS = 60_000
/** Ids that never were keys are kept as well, so that they cost a look a second at most. */
const KEYS_KEPT_MAX = 10_000

const KEYS_PER_LOOK_MAX = 1_000

interface Kept {
  readonly key: StoredKey | undefined
  readonly readAt: EpochMs
}

/** The keys in use, read again a second after they were last read. */
export interface KeyRing {
  /** Returns the key, or undefined when there is none; a promise when it must be looked up. */
  find(keyId: KeyId): StoredKey | undefined | Promise<StoredKey | undefined>
}

/** Returns an empty ring over the store's keys. Requests that arrive during a look share the next one. */
export function createKeyRing(findKeys: FindKeys, clock: Clock): KeyRing {
  const kept = new Map<KeyId, Kept>()
  const look = async (keyIds: readonly KeyId[]): Promise<(StoredKey | undefined)[]> => {
    const readAt = clock.now()
    const found = new Map((await findKeys([...new Set(keyIds)])).map((key) => [key.keyId, key]))
    for (const keyId of keyIds) keep(kept, keyId, { key: found.get(keyId), readAt })
    return keyIds.map((keyId) => found.get(keyId))
  }
  const looks = createGroupCommit({
    run: look,
    isRetryable: () => true,
    itemsMax: KEYS_PER_LOOK_MAX,
  })
  const readAgain = async (keyId: KeyId): Promise<StoredKey | undefined> => {
    try {
      return await looks.submit(keyId)
    } catch (error) {
      const before = kept.get(keyId)
      if (before === undefined || clock.now() - before.readAt > KEY_GRACE_MS) throw error
      return before.key
    }
  }
  return {
    find: (keyId) => {
      const before = kept.get(keyId)
      const isFresh = before !== undefined && clock.now() - before.readAt < KEY_FRESH_MS
      return isFresh ? before.key : readAgain(keyId)
    },
  }
}

/** What was read longest ago goes when there are too many. */
function keep(kept: Map<KeyId, Kept>, keyId: KeyId, one: Kept): void {
  kept.delete(keyId)
  kept.set(keyId, one)
  if (kept.size > KEYS_KEPT_MAX) kept.delete(kept.keys().next().value!)
}
