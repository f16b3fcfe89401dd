import { z } from 'zod'

import { Instant } from './instant.ts'

const Outcome = z.enum(['pass', 'fail', 'undecided'])
const Share = z.number().nullable()
const Span = z.object({ id: z.string(), opened_at: Instant, ended_at: Instant })

/** What one set of policies would have said. */
const BacktestTrial = z.object({
  name: z.enum(['given', 'current']),
  verdicts: z.number(),
  outcomes: z.record(Outcome, z.number()),
  blocked_s: z.number(),
  blocked_pct: z.number(),
  changes: z.array(
    z.object({ at: Instant, outcome: Outcome, pass: z.boolean(), reasons: z.array(z.string()) }),
  ),
  releases: z.array(
    z.object({
      service: z.string(),
      version: z.string(),
      at: Instant,
      held: z.boolean(),
      reasons: z.array(z.string()),
      incidents: z.array(Span),
    }),
  ),
  held: z.number(),
  followed: z.number(),
  held_and_followed: z.number(),
  precision: Share,
  recall: Share,
  incident_minutes: z.number(),
})
export type BacktestTrial = z.infer<typeof BacktestTrial>

/** `POST /v1/backtests`. */
export const BacktestAnswer = z.object({
  from: Instant,
  to: Instant,
  step_s: z.number(),
  horizon_s: z.number(),
  service: z.string().nullable(),
  environment: z.string(),
  precision: z.enum(['exact', 'minute']),
  trials: z.array(BacktestTrial).min(1),
  incidents: z.array(Span.extend({ service: z.string() })),
})
export type BacktestAnswer = z.infer<typeof BacktestAnswer>
