import { REASONS, type IncidentSpan, type ScoredRelease } from '@portcullis/domain'
import {
  type Backtest,
  type BacktestAsked,
  type BacktestTrial,
  isoOf,
} from '@portcullis/projections'
import { z } from 'zod'

const Instant = z.iso.datetime()
const Count = z.int().nonnegative()
const Seconds = z.number().nonnegative()
const Share = z.number().min(0).max(1).nullable()
const Outcome = z.enum(['pass', 'fail', 'undecided'])
const Reasons = z.array(z.enum(REASONS))
const Span = {
  id: z.string(),
  opened_at: Instant,
  ended_at: Instant.describe('When it was resolved; `to` where it was not'),
}

const Release = z.object({
  service: z.string(),
  version: z.string(),
  at: Instant.describe('When it was announced, or first seen in metrics'),
  held: z.boolean().describe('Whether the verdict of that instant would not have let it through'),
  reasons: Reasons,
  incidents: z
    .array(z.object(Span))
    .describe(
      'Of its service, that opened within `horizon_s` after it; it need not be their cause',
    ),
})

const Trial = z.object({
  name: z.enum(['given', 'current']),
  verdicts: Count,
  outcomes: z.record(Outcome, Count),
  blocked_s: Seconds.describe('For how long releases would have been held'),
  blocked_pct: z.number().min(0).max(100).describe('The same of the whole time, two decimals'),
  changes: z
    .array(z.object({ at: Instant, outcome: Outcome, pass: z.boolean(), reasons: Reasons }))
    .describe('The first verdict, and each that has another outcome than the one before'),
  releases: z.array(Release),
  held: Count.describe('Releases that would have been held'),
  followed: Count.describe('Releases that an incident followed'),
  held_and_followed: Count,
  precision: Share.describe('Of those held, the share that was followed; null where none was held'),
  recall: Share.describe(
    'Of those followed, the share that was held; null where none was followed',
  ),
  incident_minutes: z
    .number()
    .nonnegative()
    .describe('For how long the incidents that followed held releases were open, one decimal'),
})

/** The answer of `POST /v1/backtests`. */
export const BacktestAnswer = z.object({
  from: Instant,
  to: Instant,
  step_s: Seconds,
  horizon_s: Seconds,
  service: z.string().nullable().describe('Null: all services'),
  environment: z.string(),
  precision: z
    .enum(['exact', 'minute'])
    .describe('`exact`: from batches, as they became known. `minute`: these are no longer kept'),
  trials: z.array(Trial).describe('`given`, and then `current` where it was asked for'),
  incidents: z
    .array(z.object({ service: z.string(), ...Span }))
    .describe('That opened in the time'),
})
type BacktestAnswer = z.input<typeof BacktestAnswer>

const NAMES = ['given', 'current'] as const

/** Returns a backtest as it is answered. */
export function backtestAnswer(asked: BacktestAsked, found: Backtest): BacktestAnswer {
  const { service, environment, from, to, stepMs, horizonMs } = asked
  return {
    from: isoOf(from),
    to: isoOf(to),
    step_s: stepMs / 1_000,
    horizon_s: horizonMs / 1_000,
    service,
    environment,
    precision: found.precision,
    trials: found.trials.map((trial, nth) => ({
      name: NAMES[nth]!,
      ...trialOf(trial, to - from),
    })),
    incidents: found.incidents.map((one) => ({ service: one.service, ...spanOf(one) })),
  }
}

function trialOf(
  { track, score }: BacktestTrial,
  wholeMs: number,
): Omit<BacktestAnswer['trials'][number], 'name'> {
  const { verdicts, outcomes, blockedMs, changes } = track
  const { releases, held, followed, heldAndFollowed, precision, recall, incidentMs } = score
  return {
    verdicts,
    outcomes: { ...outcomes },
    blocked_s: blockedMs / 1_000,
    blocked_pct: Math.round((blockedMs / wholeMs) * 10_000) / 100,
    changes: changes.map((one) => ({ ...one, at: isoOf(one.at), reasons: [...one.reasons] })),
    releases: releases.map(releaseOf),
    held,
    followed,
    held_and_followed: heldAndFollowed,
    precision,
    recall,
    incident_minutes: Math.round(incidentMs / 6_000) / 10,
  }
}

function releaseOf({ service, version, at, isHeld, reasons, incidents }: ScoredRelease) {
  return {
    ...{ service, version, at: isoOf(at), held: isHeld },
    ...{ reasons: [...reasons], incidents: incidents.map(spanOf) },
  }
}

function spanOf({ id, openedAt, endedAt }: IncidentSpan) {
  return { id, opened_at: isoOf(openedAt), ended_at: isoOf(endedAt) }
}
