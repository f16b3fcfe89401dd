import { SECOND_MS } from '@portcullis/contracts'
import { isRetryable } from '@portcullis/event-log'
import { assertSchemaIsUsable } from '@portcullis/migrations'
import { every, type ProcessParts } from '@portcullis/runtime'
import type { Pool } from 'pg'

/**
 * Throws a sentence where the database's schema is not one that this code may use.
 *
 * While the store is away that cannot be known. The gateway starts all the same, so that whoever asks is told
 * that the store is away; if it comes back with a schema that must not be used, the process ends.
 */
export async function checkSchema(
  { log, lifecycle }: Pick<ProcessParts, 'log' | 'lifecycle'>,
  pool: Pool,
): Promise<void> {
  try {
    return await assertSchemaIsUsable(pool)
  } catch (error) {
    if (!isRetryable(error)) throw error
    log.warn({ err: error }, 'the store is away: until it is back nothing can be known')
  }
  const checking = every(SECOND_MS, { log, name: 'schema' }, async () => {
    try {
      await assertSchemaIsUsable(pool)
    } catch (error) {
      if (isRetryable(error)) throw error
      log.fatal({ err: error }, 'the schema cannot be used')
      lifecycle.fail('the schema cannot be used')
    }
    void checking.stop()
  })
  lifecycle.onClose({ name: 'schema check', close: () => checking.stop() })
}
