import {
  DAY_MS,
  DEFAULT_ENVIRONMENT,
  durationFrom,
  EnvironmentName,
  type EpochMs,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  ServiceName,
} from '@portcullis/contracts'
import { z } from 'zod'

import { InstantParameter } from '../past/parameters.ts'
import { badRange } from './backtest-desk.ts'

/** The query of `POST /v1/backtests`. */
export const BacktestQuery = z.strictObject({
  from: InstantParameter.describe('The first verdict; RFC 3339, or epoch milliseconds'),
  to: InstantParameter.optional().describe('The end: no verdict is asked at it; now when left out'),
  step: durationFrom(10 * SECOND_MS, HOUR_MS, '10s to 1h')
    .prefault('1m')
    .describe('From one verdict to the next: 10s to 1h'),
  service: ServiceName.optional().describe('All services when left out, as for the guard'),
  environment: EnvironmentName.default(DEFAULT_ENVIRONMENT),
  against: z
    .enum(['current'], 'must be current')
    .optional()
    .describe('Tries beside it what is in force now'),
  horizon: durationFrom(MINUTE_MS, 7 * DAY_MS, '1m to 7d')
    .prefault('1h')
    .describe('An incident that opens so long after a release counts as one that followed it'),
  prune: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .default(false)
    .describe('As if what is in force and not among the documents were removed'),
})
export type BacktestQuery = z.output<typeof BacktestQuery>

/** Verdicts of one backtest: half a minute or a few of them, and 69 days minute by minute of two trials. */
export const VERDICTS_MAX = 200_000

/** Returns the query with its end. Throws INVALID_PARAMETER where it is no time, or too long a one. */
export function withEnd(query: BacktestQuery, now: EpochMs): BacktestQuery & { to: EpochMs } {
  const { from, to = now, step, against } = query
  if (from >= to) {
    throw badRange({
      field: 'from',
      message: 'must be before `to`',
      fix: 'Give two instants, the earlier one first.',
    })
  }
  const verdicts = Math.ceil((to - from) / step) * (against === undefined ? 1 : 2)
  if (verdicts > VERDICTS_MAX) {
    throw badRange({
      field: 'step',
      message: `makes ${verdicts} verdicts, and ${VERDICTS_MAX} are the most`,
      fix: 'Give a longer step, or less time.',
    })
  }
  return { ...query, to }
}
