export {
  type ApiToken,
  formatApiToken,
  hashSecret,
  isSecret,
  parseApiToken,
  SECRET_SIZE_BYTES,
} from './api-token.ts'
export { databaseUrlOf, type ProcessParts } from './process-parts.ts'
export { END_SIGNALS, listenForEnd, type EndRequests } from './end-signals.ts'
export { every, type Loop } from './every.ts'
export { type Heart, keepBeating } from './keep-beating.ts'
export { systemClock, type Clock } from './clock.ts'
export {
  effectiveSettings,
  environmentWith,
  environment,
  readConfig,
  type ConfigSource,
  type EffectiveSetting,
  type ReadConfig,
  STANDALONE_DEFAULTS,
} from './config.ts'
export {
  newCommandId,
  newGatewayRunId,
  newWaiverId,
  randomShare,
  randomToken,
  randomUuid,
  timeOrderedUuid,
} from './ids.ts'
export {
  createLifecycle,
  type ClosingPart,
  type Lifecycle,
  type LifecycleOptions,
} from './lifecycle.ts'
export { openLog } from './open-log.ts'
export { logFileAt } from './log-file.ts'
export { type IsPaused, pauseOf } from './pause.ts'
export { createLogger, LOG_LEVELS, type Logger, type LogLevel } from './logger.ts'
export type { Config, SettingGroupName } from './settings/groups.ts'
export {
  channelsOf,
  channelsToldOf,
  type ConfiguredChannel,
  NOTIFY_CHANNELS,
  type NotifyChannel,
} from './settings/notification.ts'
export { describeSettings, settingsPage, type SettingDescription } from './settings/page.ts'
export type { SloOverride } from './settings/slo.ts'
export type { HistogramSeries, HotHistogram } from './hot-histogram.ts'
export {
  createTelemetry,
  type Counter,
  type Gauge,
  type Histogram,
  type Telemetry,
} from './telemetry.ts'
