import { cron, decimal, flag, integer } from './kind.ts'
import { optional, setting } from './setting.ts'

export const escalationSettings = {
  critAckMin: setting('ESC_CRIT_ACK_MIN', decimal(0.01, 10_080), {
    description: 'Minutes that a critical incident may wait to be acknowledged, per level.',
    fallback: '5',
  }),
  warnAckMin: setting('ESC_WARN_ACK_MIN', decimal(0.01, 10_080), {
    description: 'Minutes that a warning incident may wait to be acknowledged, per level.',
    fallback: '15',
  }),
  snoozeMin: setting('ESC_SNOOZE_MIN', decimal(0, 10_080), {
    description: 'Least minutes between two escalations of an incident.',
    fallback: '30',
  }),
  levelMax: setting('MAX_ESC_LEVEL', integer(0, 1_000), {
    description: 'Level after which nothing is escalated further.',
    fallback: '7',
  }),
  dryRun: setting('ESC_DRY_RUN', flag, {
    description: 'Says what would be escalated, and does nothing.',
    fallback: 'false',
  }),
  canaryPct: setting('ESC_CANARY_PCT', decimal(0, 100), {
    description:
      'Share of incident keys that are escalated, in percent; a key always falls on the same side.',
    fallback: '100',
  }),
  pauseCron: optional('ESC_PAUSE_CRON', cron, {
    description:
      'Nothing is escalated in minutes (UTC) that this expression names: `* 0-6 * * *` pauses the nights.',
  }),
  tickSeconds: setting('ESC_TICK_SECONDS', integer(1, 3_600), {
    description:
      'Seconds until an escalation that is due and held back (dry run, pause, canary share) is looked at again. What is due and not held back escalates within a second or so, without waiting for a tick.',
    fallback: '60',
  }),
} as const
