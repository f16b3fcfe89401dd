import { setTimeout as delay } from 'node:timers/promises'

import type { Pool } from 'pg'

import { assertSchemaIsUsable } from './schema-state.ts'

/** What whoever waits has to tell. */
export interface WaitForSchemaOptions {
  /** Tells "the store is away", which passes, from a refusal. */
  readonly isAway: (error: unknown) => boolean
  readonly log: {
    warn(facts: object, message: string): void
    info(message: string): void
  }
}

const PAUSE_MS = 500

/**
 * Waits for a store that is away, however long, and then does what `assertSchemaIsUsable` does: a process
 * without a store has nothing to do, and would only be started again and again.
 */
export async function awaitUsableSchema(
  pool: Pool,
  { isAway, log }: WaitForSchemaOptions,
): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      await assertSchemaIsUsable(pool)
      if (attempts > 1) log.info('the store is back')
      return
    } catch (error) {
      if (!isAway(error)) throw error
      if (attempts === 1) log.warn({ err: error }, 'the store is away: waiting for it')
    }
    await delay(PAUSE_MS)
  }
}
