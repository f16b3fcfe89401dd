import { decimal, flag, integer, routeLink, text } from './kind.ts'
import { optional, setting } from './setting.ts'

export const guardSettings = {
  service: optional('GUARD_SERVICE', text(1, 128), {
    description: 'Service that the guard looks at when a question names none. Unset: all of them.',
  }),
  environment: setting('GUARD_ENVIRONMENT', text(1, 64), {
    description: 'Environment that the guard looks at when a question names none.',
    fallback: 'production',
  }),
  release: optional('GUARD_RELEASE', text(1, 128), {
    description: 'What the guard shows as `release`. Unset: the newest release that it knows of.',
  }),
  allowWarn: setting('GUARD_ALLOW_WARN', flag, {
    description: 'Warnings do not block (`allow_warn`).',
    fallback: 'true',
  }),
  checkRegress: setting('GUARD_CHECK_REGRESS', flag, {
    description: 'A critical `p95_regress` blocks (`check_regress`).',
    fallback: 'false',
  }),
  minSamples: setting('GUARD_MIN_SAMPLES', integer(1, 1_000_000), {
    description: 'Routes with fewer samples in 1 minute are not considered (`min_samples`).',
    fallback: '5',
  }),
  hardErrorPct: setting('GUARD_HARD_ERROR_PCT', decimal(0, 100), {
    description:
      'Error rate of 1 minute, in percent, from which a route blocks without an alarm (`hard_error_pct`).',
    fallback: '20',
  }),
  lookbackMin: setting('GUARD_LOOKBACK_MIN', integer(1, 10_080), {
    description: 'Incidents first seen within so many minutes count (`X-Guard-Lookback-Min`).',
    fallback: '10',
  }),
  minEscLevel: setting('GUARD_MIN_ESC_LEVEL', integer(0, 1_000), {
    description:
      'Level from which an unacknowledged critical incident blocks (`X-Guard-Min-Esc-Level`).',
    fallback: '1',
  }),
  includeWarning: setting('GUARD_INCLUDE_WARNING', flag, {
    description: 'Warning incidents block too (`X-Guard-Include-Warning`).',
    fallback: 'false',
  }),
  behindMs: setting('PORTCULLIS_BEHIND_MS', integer(1_000, 600_000), {
    description:
      'Age in milliseconds of the oldest unfolded batch from which an answer is `stale_data`.',
    fallback: '10000',
  }),
  waiverApprovals: setting('PORTCULLIS_WAIVER_APPROVALS', integer(1, 2), {
    description: 'How many people it takes to let a release through despite violations.',
    fallback: '1',
  }),
  sentryUrl: optional('SENTRY_URL', routeLink, {
    description:
      "Template of `GET /ops/sentry-link`'s answer; `{route}` is replaced by the route, percent-encoded.",
  }),
} as const
