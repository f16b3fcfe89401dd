import { MINUTE_MS, SECOND_MS, type Severity } from '@portcullis/contracts'

/** How incidents escalate; one value for a whole installation, read from its environment. */
export interface EscalationSettings {
  /** How long an incident of each severity may wait for an acknowledgement, per level
   * (`ESC_CRIT_ACK_MIN`, `ESC_WARN_ACK_MIN`). */
  readonly ackWithinMs: Readonly<Record<Severity, number>>
  /** The shortest time between two escalations of an incident (`ESC_SNOOZE_MIN`). */
  readonly cooldownMs: number
  /** No escalation beyond this level (`MAX_ESC_LEVEL`); 0 means none at all. */
  readonly levelMax: number
  /** Say what is due and do nothing (`ESC_DRY_RUN`). */
  readonly dryRun: boolean
  /** The share of incident keys that escalate, 0 to 100 (`ESC_CANARY_PCT`). */
  readonly canaryPercent: number
  /** How long a due escalation that is held back waits for the next look (`ESC_TICK_SECONDS`). */
  readonly tickMs: number
}

/** The first system's defaults (docs/operations.md). */
export const DEFAULT_ESCALATION_SETTINGS: EscalationSettings = {
  ackWithinMs: { critical: 5 * MINUTE_MS, warning: 15 * MINUTE_MS },
  cooldownMs: 30 * MINUTE_MS,
  levelMax: 7,
  dryRun: false,
  canaryPercent: 100,
  tickMs: MINUTE_MS,
}

/** The escalation settings as an installation writes them, in minutes, percent and levels. */
export interface WrittenEscalationSettings {
  readonly critAckMin: number
  readonly warnAckMin: number
  readonly snoozeMin: number
  readonly levelMax: number
  readonly dryRun: boolean
  readonly canaryPct: number
  readonly tickSeconds: number
}

/** Returns what an installation wrote in the units of the domain. */
export function escalationSettingsOf(written: WrittenEscalationSettings): EscalationSettings {
  return {
    ackWithinMs: {
      critical: Math.round(written.critAckMin * MINUTE_MS),
      warning: Math.round(written.warnAckMin * MINUTE_MS),
    },
    cooldownMs: Math.round(written.snoozeMin * MINUTE_MS),
    levelMax: written.levelMax,
    dryRun: written.dryRun,
    canaryPercent: written.canaryPct,
    tickMs: written.tickSeconds * SECOND_MS,
  }
}
