export { appendAndFold, type Appended, type AppendOptions } from './append-and-fold.ts'
export { applyEvents, type RowCache } from './apply-events.ts'
export { inTurns } from './in-turns.ts'
export {
  type DueQuestion,
  lockDueIncidents,
  lockIncidents,
  type LockedIncidents,
} from './incidents/lock.ts'
export { foldIncident, incidentModel, type IncidentRow } from './incidents/model.ts'
export {
  countUnresolved,
  findIncident,
  type IncidentFilter,
  type IncidentPlace,
  listIncidents,
  overdueIncidents,
  type UnresolvedCount,
} from './incidents/query.ts'
export {
  incidentToKeep,
  incidentToWire,
  incidentWithNames,
  type IncidentWire,
  type NameOf,
  peopleOfIncident,
} from './incidents/wire.ts'
export {
  type NotificationFilter,
  type NotificationPlace,
  type RecentNotification,
  recentNotifications,
} from './notifications/query.ts'
export { namesOf } from './people.ts'
export {
  beat,
  endBeat,
  HEARTBEAT_MS,
  readBeats,
  type RoleBeats,
  type WorkerRole,
} from './work/heartbeats.ts'
export { chunksOf, DECIDED_CHANNEL, enqueueHints, HINTS_PER_JOB } from './work/hints.ts'
export { restoreOutbox } from './work/outbox.ts'
export type { DeliveryPayload } from './work/payload.ts'
export {
  countTimers,
  newestDueEvents,
  restoreTimers,
  setTimers,
  type TimerChange,
  type TimerFigures,
} from './work/timers.ts'
export { policyModel, type PolicyRow } from './policies/model.ts'
export { releaseEvents } from './releases/query-events.ts'
export { findRelease, readReleases, type ReleaseKey } from './releases/query.ts'
export { appliedPolicies, policiesAt, readPolicies } from './policies/query.ts'
export { waiverModel, type WaiverRow } from './waivers/model.ts'
export { findWaiver, listWaivers, type WaiverPlace } from './waivers/query.ts'
export { recentReleases, type ReleasePlace } from './releases/query-recent.ts'
export { releaseModel, type ReleaseRow } from './releases/model.ts'
export { streamVersion } from './stream-version.ts'
export {
  appendBatches,
  lockShard,
  type MetricBatch,
  readBatches,
  type RecordedBatch,
  type ShardHead,
} from './traffic/batches.ts'
export {
  type BucketKey,
  type BucketRow,
  loadBuckets,
  loadBucketsSince,
  saveBuckets,
} from './traffic/bucket-rows.ts'
export {
  type History,
  type HistoryAsked,
  type HistoryLimits,
  type PastStore,
  readHistory,
} from './traffic/query-history.ts'
export {
  type ImpactAsked,
  type Impacts,
  readImpacts,
  type ServiceImpact,
} from './traffic/query-impact.ts'
export type { TooMuch } from './traffic/query-page.ts'
export { hashOfDay } from './traffic/day-hash.ts'
export {
  minutesWholeSince,
  readSeals,
  type Seal,
  type SealReport,
  verifySeals,
  verifySealsIn,
} from './traffic/verify-seals.ts'
export {
  COMPACTED_UNTIL,
  compactMinutes,
  readMinutes,
  saveMinutes,
  shardsToCompact,
  type ShardToCompact,
} from './traffic/minutes.ts'
export {
  countRoutesByService,
  countRoutesHeld,
  type KnownRoutes,
  loadRoutes,
  type RouteCount,
  touchRoutes,
} from './traffic/routes.ts'
export { areApplied, type BatchNumber, recordApplied } from './traffic/run-applied.ts'
export {
  bucketRowOf,
  foldInto,
  hasBucket,
  placeBucket,
  serviceKeyOf,
  type ServiceScope,
  type ServiceTraffic,
  slideWindows,
  trafficOf,
  type Windows,
} from './traffic/windows.ts'
export { type HeadsLook, lookAtHeads, type ParkedService } from './live/heads.ts'
export { followShard, keptSince, type ShardTraffic } from './live/live-traffic.ts'
export { createSharedLook, type SharedLook } from './live/shared-look.ts'
export { alarmModel, type AlarmRow } from './alarms/model.ts'
export {
  type AlarmPlace,
  type StandingAlarm,
  standingAlarms,
  type StandingFilter,
} from './alarms/query-standing.ts'
export { activeAlarms, type AlarmWithIncident, readAlarms } from './alarms/query.ts'
export { deleteParked, parkedJobsOf, readParkedData } from './work/parked.ts'
export { type Difference } from './rebuild/compare.ts'
export { type Replay, replayProjections } from './rebuild/replay.ts'
export { type Verification, verifyProjections } from './rebuild/verify.ts'
export { createLiveViews, type LiveView, type LiveViews } from './live/live-view.ts'
export { type RouteJudgement, routeJudgementOf } from './live/route-health.ts'
export { blindGovernance } from './live/governance.ts'
export { type Asked, type Trust, verdictInputs } from './live/verdict-inputs.ts'
export { inPast, type LogThen, type NoPast } from './past/log-then.ts'
export { incidentAt, incidentsAt } from './past/incidents-at.ts'
export { standingAlarmsAt } from './past/alarms-at.ts'
export { type PastAsked, type PastParts, type PastView, pastView } from './past/past-view.ts'
export {
  type Backtest,
  backtest,
  type BacktestAsked,
  type BacktestTrial,
} from './backtest/run-backtest.ts'
export { suggestLimits, type SuggestAsked, type SuggestedLimits } from './backtest/suggest.ts'
export { eventModels } from './models.ts'
export { isoOf } from './record.ts'
export { keyText, type ReadModel } from './read-model.ts'
export { outcomeModel, type OutcomeRow } from './outcomes/model.ts'
export { readOutcomes } from './outcomes/query.ts'
export {
  isVerdictChange,
  type VerdictChanged,
  verdictChangeToWire,
  type VerdictChangeWire,
} from './outcomes/wire.ts'
