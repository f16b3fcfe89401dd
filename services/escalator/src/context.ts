import type { EpochMs } from '@portcullis/contracts'
import { escalationSettingsOf, type IncidentContext } from '@portcullis/domain'
import { channelsToldOf, type Config, pauseOf } from '@portcullis/runtime'

/**
 * Returns what decisions depend on at an instant. Throws a sentence when `ESC_PAUSE_CRON` is no
 * expression that anything could match.
 */
export function contextOf(
  config: Pick<Config, 'escalation' | 'notification'>,
): (now: EpochMs) => IncidentContext {
  const settings = escalationSettingsOf(config.escalation)
  const channels = channelsToldOf('incidents', config.notification)
  const isPaused = pauseOf(config.escalation.pauseCron)
  return (now) => ({ now, settings, channels, paused: isPaused(now) })
}
