import { setTimeout as delay } from 'node:timers/promises'

import { SECOND_MS } from '@portcullis/contracts'
import { openPool } from '@portcullis/event-log'

const LOOK_MS = 50
const LOOKS_MAX = (20 * SECOND_MS) / LOOK_MS

/**
 * Resolves when an aggregator was heard of, so that the first question after a start is not answered
 * with `stale_data`. Throws when none is heard of for too long.
 */
export async function aggregatorIsHeardOf(connectionString: string): Promise<void> {
  const pool = openPool({
    connectionString,
    applicationName: 'portcullis start',
    connectionsMax: 1,
    onError: () => {
      // The next look gets a new connection, or throws itself.
    },
  })
  try {
    for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
      const { rows } = await pool.query(
        `select from worker_heartbeats where role = 'aggregator'
         and beat_at > clock_timestamp() - interval '5 seconds'`,
      )
      if (rows.length > 0) return
      await delay(LOOK_MS)
    }
    throw new Error('The aggregator did not come up; its lines in the log say why.')
  } finally {
    await pool.end()
  }
}
