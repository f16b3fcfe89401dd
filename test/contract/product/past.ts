import { SECOND_MS } from '@portcullis/contracts'
import { waitFor } from '@portcullis/testkit'

import type { Product } from './start-product.ts'
import type { ShownVerdict } from './verdicts.ts'

/** Waits until nothing was recorded for a second, and returns that moment: what was committed by then is known. */
export async function settledAt({ database }: Product): Promise<string> {
  const { at } = await waitFor(
    async () => {
      const { rows } = await database.pool.query<{ at: Date; quiet_ms: string }>(
        `select date_trunc('milliseconds', clock_timestamp()) as at,
           epoch_ms(clock_timestamp()) - epoch_ms(greatest(log.recorded_at,
             (select max(recorded_at) from shard_heads))) as quiet_ms
         from log_heads as log`,
      )
      return Number(rows[0]!.quiet_ms) > SECOND_MS && rows[0]!
    },
    { what: 'a second of silence', timeoutMs: 30_000 },
  )
  return at.toISOString()
}

/** Returns the parameters that ask for an answer of the guard again. */
export function againOf({ as_of, heads }: Pick<ShownVerdict, 'as_of' | 'heads'>): string {
  return `at=${as_of}&heads=${[heads!.log, ...heads!.metrics].join(',')}`
}

/** Returns a verdict without what says when, and how well, it was read. */
export function verdictAlone(body: object): object {
  const beside = new Set(['generated_at', 'freshness_ms', 'precision'])
  return Object.fromEntries(Object.entries(body).filter(([name]) => !beside.has(name)))
}
