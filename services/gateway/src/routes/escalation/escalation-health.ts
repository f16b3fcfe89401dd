import { type EpochMs, type ProjectId, SECOND_MS } from '@portcullis/contracts'
import { escalationSettingsOf, escalationStep, type HoldReason } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'
import { countTimers, overdueIncidents, readBeats, isoOf } from '@portcullis/projections'
import { type Config, pauseOf } from '@portcullis/runtime'
import { z } from 'zod'

const Instant = z.iso.datetime()
const Count = z.int().nonnegative()

/** The answer of `GET /ops/escalation/health`. */
export const EscalationHealth = z.object({
  status: z.enum(['ok', 'failing']),
  reasons: z.array(z.string()),
  as_of: Instant,
  settings: z.object({
    crit_ack_min: z.number(),
    warn_ack_min: z.number(),
    snooze_min: z.number(),
    max_level: Count,
    dry_run: z.boolean(),
    canary_pct: z.number(),
    pause_cron: z.string().nullable(),
    tick_seconds: z.number(),
  }),
  paused: z.boolean().describe('Whether ESC_PAUSE_CRON names this minute'),
  escalators: z.object({ alive: Count, last_beat_at: Instant.nullable() }),
  timers: z.object({
    total: Count,
    due: Count,
    oldest_due_at: Instant.nullable(),
    next_due_at: Instant.nullable(),
  }),
  held_back: z
    .object({ total: Count, dry_run: Count, paused: Count, outside_canary: Count })
    .describe(
      'Open incidents whose escalation is due and does not happen; at most 1,000 are counted',
    ),
})
export type EscalationHealth = z.infer<typeof EscalationHealth>

/** What the health of escalation is read from. */
export interface EscalationHealthParts {
  readonly db: Db
  readonly project: ProjectId
  readonly escalation: Config['escalation']
  /** PORTCULLIS_BEHIND_MS: silence, or a timer due for so long, is a failure. */
  readonly behindMs: number
}

const OVERDUE_MAX = 1_000

/** Returns what looks at escalation: its settings, its timers, what is held back, and who does it. */
export function createEscalationHealth(
  parts: EscalationHealthParts,
): () => Promise<EscalationHealth> {
  const { db, project, escalation, behindMs } = parts
  const isPaused = pauseOf(escalation.pauseCron)
  return async () => {
    const beats = await readBeats(db, 'escalator', { withinMs: behindMs })
    const { now } = beats
    const timers = await countTimers(db, project, now)
    const paused = isPaused(now)
    const reasons = [
      ...(beats.alive === 0 ? ['no escalator has been heard of'] : []),
      ...lateness(timers.oldestDueAt, now, behindMs),
    ]
    return {
      status: reasons.length === 0 ? 'ok' : 'failing',
      reasons,
      as_of: isoOf(now),
      settings: settingsOf(escalation),
      paused,
      escalators: { alive: beats.alive, last_beat_at: isoOrNull(beats.lastBeatAt) },
      timers: {
        total: timers.total,
        due: timers.due,
        oldest_due_at: isoOrNull(timers.oldestDueAt),
        next_due_at: isoOrNull(timers.nextDueAt),
      },
      held_back: await countHeldBack(parts, { now, paused }),
    }
  }
}

function lateness(oldestDueAt: EpochMs | null, now: EpochMs, behindMs: number): string[] {
  if (oldestDueAt === null || now - oldestDueAt <= behindMs) return []
  return [`a timer has been due for ${Math.round((now - oldestDueAt) / SECOND_MS)} s`]
}

async function countHeldBack(
  { db, project, escalation }: EscalationHealthParts,
  { now, paused }: { readonly now: EpochMs; readonly paused: boolean },
): Promise<EscalationHealth['held_back']> {
  const settings = escalationSettingsOf(escalation)
  const overdue = await overdueIncidents(db, project, { now, limit: OVERDUE_MAX })
  const counts: Record<HoldReason, number> = { dry_run: 0, paused: 0, outside_canary: 0 }
  let total = 0
  for (const { state } of overdue) {
    const step = escalationStep(state, { now, settings, paused })
    if (step.step !== 'hold') continue
    counts[step.why] += 1
    total += 1
  }
  return { total, ...counts }
}

function settingsOf(escalation: Config['escalation']): EscalationHealth['settings'] {
  return {
    crit_ack_min: escalation.critAckMin,
    warn_ack_min: escalation.warnAckMin,
    snooze_min: escalation.snoozeMin,
    max_level: escalation.levelMax,
    dry_run: escalation.dryRun,
    canary_pct: escalation.canaryPct,
    pause_cron: escalation.pauseCron ?? null,
    tick_seconds: escalation.tickSeconds,
  }
}

function isoOrNull(instant: EpochMs | null): string | null {
  return instant === null ? null : isoOf(instant)
}
