import type { EpochMs } from '@portcullis/contracts'
import { escalationSettingsOf, type IncidentContext } from '@portcullis/domain'
import { channelsOf, type Config } from '@portcullis/runtime'
import { Cron } from 'croner'

/**
 * Returns what decisions depend on at an instant. Throws a sentence when `ESC_PAUSE_CRON` is no
 * expression that anything could match.
 */
export function contextOf(
  config: Pick<Config, 'escalation' | 'notification'>,
): (now: EpochMs) => IncidentContext {
  const settings = escalationSettingsOf(config.escalation)
  const channels = channelsOf(config.notification).map((channel) => channel.name)
  const isPaused = pauseOf(config.escalation.pauseCron)
  return (now) => ({ now, settings, channels, paused: isPaused(now) })
}

/** Minutes that the expression names, in UTC, are paused. */
function pauseOf(expression: string | undefined): (now: EpochMs) => boolean {
  if (expression === undefined) return () => false
  // Six fields: seconds are any, so that every instant of a named minute matches.
  const cron = new Cron(`* ${expression}`, { paused: true, timezone: 'UTC' })
  return (now) => cron.match(new Date(now))
}
