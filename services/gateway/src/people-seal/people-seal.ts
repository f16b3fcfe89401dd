import { type PrincipalId, SECOND_MS, type SealedText } from '@portcullis/contracts'
import type { Clock } from '@portcullis/runtime'

import { openText, sealText } from './cipher.ts'
import type { DataKeys } from './data-keys.ts'

/** What is shown in the place of a note whose writer's key was erased. */
export const ERASED = '[erased]'

/** Seals what people write, and opens it while their keys exist. */
export interface PeopleSeal {
  seal(by: PrincipalId, text: string): Promise<SealedText>
  /** Returns the texts in the order of the notes; `ERASED` for those that cannot be opened. */
  open(notes: readonly SealedText[]): Promise<readonly string[]>
}

/**
 * How long a key is kept for sealing. Whoever is erased and writes on within that time writes what
 * nobody can read; opening never trusts a kept key, so what was erased is erased at once.
 */
const KEPT_MS = 10 * SECOND_MS
const KEPT_MAX = 1_000

interface KeptKey {
  readonly key: Buffer
  readonly until: number
}

export function createPeopleSeal(keys: DataKeys, clock: Clock): PeopleSeal {
  const kept = new Map<PrincipalId, KeptKey>()
  const keyOf = async (id: PrincipalId): Promise<Buffer> => {
    const known = kept.get(id)
    if (known !== undefined && clock.now() < known.until) return known.key
    const key = await keys.demand(id)
    kept.delete(id)
    kept.set(id, { key, until: clock.now() + KEPT_MS })
    if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!)
    return key
  }
  return {
    seal: async (by, text) => sealText(await keyOf(by), by, text),
    open: async (notes) => {
      if (notes.length === 0) return []
      const found = await keys.find([...new Set(notes.map(({ by }) => by))])
      return notes.map((note) => {
        const key = found.get(note.by)
        return (key === undefined ? null : openText(key, note)) ?? ERASED
      })
    },
  }
}
