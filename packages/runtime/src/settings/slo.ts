import { z } from 'zod'

import { decimal, json } from './kind.ts'
import { setting } from './setting.ts'

/** Targets of one route that differ from the rest; what is left out stays as it is. */
const SloOverride = z.strictObject({
  service: z.string().min(1).max(128).optional(),
  environment: z.string().min(1).max(64).optional(),
  route: z.string().min(1).max(512),
  p95_ms: z.number().positive().max(86_400_000).optional(),
  err_pct: z.number().min(0).max(100).optional(),
})
export type SloOverride = z.infer<typeof SloOverride>

export const sloSettings = {
  p95Ms: setting('SLO_P95_MS', decimal(1, 86_400_000), {
    description: 'Target of the 95th percentile of a route, in milliseconds.',
    fallback: '300',
  }),
  errPct: setting('SLO_ERR_PCT', decimal(0, 100), {
    description: "Target of a route's error rate, in percent.",
    fallback: '1.0',
  }),
  overrides: setting(
    'SLO_OVERRIDES',
    json(
      z.array(SloOverride).max(10_000),
      'a JSON list of `{"route", "service"?, "environment"?, "p95_ms"?, "err_pct"?}`',
    ),
    {
      description:
        'Targets of single routes, for example `[{"route": "GET /reports/:id", "p95_ms": 2000}]`. The first entry that fits a route counts.',
      fallback: '[]',
      fromFile: true,
    },
  ),
} as const
