export { canaryFactsOf } from './canary/facts.ts'
export { foldCanary } from './canary/fold.ts'
export { CANARY_HISTORY_MS, type CanaryState, startCanary } from './canary/state.ts'
export { isInCanary } from './escalation/canary.ts'
export { escalationDueAt } from './escalation/due-time.ts'
export {
  DEFAULT_ESCALATION_SETTINGS,
  type EscalationSettings,
  escalationSettingsOf,
} from './escalation/settings.ts'
export { escalationStep, type EscalationStep, type HoldReason } from './escalation/step.ts'
export type { IncidentContext } from './incident/consequences.ts'
export {
  decideIncident,
  INCIDENT_REJECTIONS,
  type IncidentDecision,
  type IncidentRejection,
} from './incident/decide.ts'
export { DUE_EVENTS, PASSING_EVENTS } from './incident/due-events.ts'
export { evolveIncident } from './incident/evolve.ts'
export {
  type AlarmSignal,
  decideAlarmSignal,
  RESOLVE_AFTER_HEALTHY_MS,
} from './incident/follow-alarm.ts'
export {
  decideRecalc,
  decideTimer,
  incidentTimerAt,
  type TimerDecision,
} from './incident/follow-timer.ts'
export type {
  AcknowledgedIncident,
  IncidentState,
  OpenIncident,
  ResolvedIncident,
} from './incident/state.ts'
export { incidentOfStream } from './incident/stream.ts'
export {
  type AccessEvent,
  type ApiKey,
  evolveApiKey,
  mayUse,
  refusalOf,
  type AccessRefusal,
} from './access/api-key.ts'
export {
  decideDelivery,
  type AttemptAnswer,
  type DeliveryAttempt,
  type DeliveryDecision,
} from './notification/decide-delivery.ts'
export {
  evolveNotification,
  notificationsOf,
  type NotificationReceipt,
} from './notification/evolve.ts'
export { ATTEMPT_DELAYS_MS } from './notification/retry.ts'
export { channelPauseMs } from './notification/throttle.ts'
export type { NotificationState, NotificationSubject } from './notification/state.ts'
export { decideOutcome, recordPolicy } from './outcome/decide.ts'
export { decideRelease, type KnownReleases } from './release/announce.ts'
export {
  decideReleaseCommand,
  RELEASE_REJECTIONS,
  type ReleaseCommand,
  type ReleaseContext,
  type ReleaseDecision,
  type ReleaseRejection,
} from './release/decide.ts'
export {
  approvalsOf,
  newestRelease,
  type RunningVersions,
  runningVersions,
} from './release/live.ts'
export {
  type Announcement,
  evolveRelease,
  type GivenApproval,
  isTakenBack,
  type Release,
  type ReleaseLife,
} from './release/state.ts'
export {
  type ImpactChange,
  type ImpactQuestion,
  ReleaseImpact,
  type RouteImpact,
} from './release/impact.ts'
export { BatchFold, type CheckedObservation, foldObservations } from './window/batch-fold.ts'
export { mergeCells } from './window/cell-sum.ts'
export {
  addCellAt,
  addCells,
  type BatchCells,
  type BucketCells,
  type CellTable,
  groupAt,
  type HourCells,
} from './window/cell-table.ts'
export { addCell, type Cell, emptyCell, errorsOf, observe, type OpenCell } from './window/cell.ts'
export { type BucketRejection, foldBucket } from './window/fold-bucket.ts'
export { binOf, LATENCY_US_MAX, latencyUsOf, valueOf } from './window/latency.ts'
export { tidyRoute, withoutQuery } from './window/names.ts'
export {
  countPackedHour,
  packBatch,
  packBucket,
  type PackedFault,
  packHour,
  BATCH_HEAD_BYTES,
  oldestBucketOf,
  unpackBatch,
  unpackBucket,
  type Unpacked,
  unpackHour,
} from './window/packed.ts'
export { createWindowCells, windowCells } from './window/window-cells.ts'
export { quantileUs } from './window/quantile.ts'
export { budgetFactsOf, minutesLookedAt } from './budget/budget-facts.ts'
export { burnRateOf, STANDARD_WINDOWS_MS } from './budget/burn-rate.ts'
export { errorBudgetOf, exhaustedAfterMs } from './budget/error-budget.ts'
export { badCounterOf, badTestOf } from './budget/indicator.ts'
export { MinuteCounts } from './budget/minute-counts.ts'
export { type AlarmEvaluation, evaluateRoute, type RouteEvaluation } from './alarm/evaluate.ts'
export { judgeAlarm, STAND_MS_MIN } from './alarm/judge.ts'
export { type AlarmRules, DEFAULT_ALARM_RULES } from './alarm/rules.ts'
export { ALARM_HINTS, alarmSignal, type JudgedAlarm } from './alarm/signal.ts'
export { type AlarmState, evolveAlarm } from './alarm/state.ts'
export { type RouteSlo, sloOf, type SloState } from './slo/state.ts'
export {
  DEFAULT_SLO_SETTINGS,
  sloSettingsOf,
  type SloOverride,
  type SloSettings,
  type SloTargets,
  targetsOf,
} from './slo/targets.ts'
export type { Steps } from './steps.ts'
export { percentOf } from './policy/rule-result.ts'
export {
  figuresOf,
  twoDecimals,
  WINDOW_BUCKETS,
  type WindowFigures,
  windowStartOf,
} from './window/figures.ts'
export type { Span } from './window/minute-sum.ts'
export {
  type HistoryPoint,
  type HistoryQuestion,
  hoursBefore,
  RouteHistory,
  stepStartOf,
  wholeMinutesFrom,
} from './window/route-history.ts'
export {
  routeTrends,
  routeWindows,
  type RouteWindows,
  type Selection,
  type TrendPoint,
} from './window/route-windows.ts'
export {
  cellsOfBucket,
  emptyWindow,
  adoptBatch,
  foldBatch,
  frozenWindow,
  type KeptBuckets,
  loadBucket,
  minuteOf,
  type RouteBuckets,
  routesOf,
  type ServiceWindow,
  type Shrink,
  slideWindow,
} from './window/service-window.ts'
export { remembered } from './remembered.ts'
export { SlidingCells } from './window/sliding-cells.ts'
export { type LimitBins, thinBucket } from './window/thin-cells.ts'
export { activeFreezes, type FreezeStanding, freezesAround } from './freeze/active.ts'
export {
  decideFreeze,
  FREEZE_REJECTIONS,
  type FreezeDecision,
  type FreezeRejection,
} from './freeze/decide.ts'
export { lintFreeze } from './freeze/lint.ts'
export {
  decideApply,
  decideRemove,
  POLICY_REJECTIONS,
  type PolicyChange,
  type PolicyDecision,
  type PolicyMisfit,
  type PolicyRejection,
} from './policy/applied/decide.ts'
export {
  type AppliedPolicies,
  type AppliedPolicy,
  appliedPolicyOf,
  policyKeyOf,
  type WrittenDocument,
} from './policy/applied/state.ts'
export { fullVerdict } from './outlook/full-verdict.ts'
export { opensAt } from './outlook/opens-at.ts'
export { evaluatePolicy, type PolicyResult } from './policy/evaluate-policy.ts'
export { type CaseResult, runCase } from './policy/case/run-case.ts'
export type { BudgetFacts, RouteCells, RuleFacts } from './policy/facts.ts'
export { matchesPattern } from './policy/pattern.ts'
export { limitBinOf } from './policy/rules/latency.ts'
export { AGO_MS } from './policy/rules/regression.ts'
export { USUAL_AGO_MS } from './policy/rules/traffic.ts'
export { selectsRoute } from './policy/selects.ts'
export { type LintFinding, lintPolicy } from './policy/lint.ts'
export { type RouteHealth, routeHealthOf } from './verdict/route-health.ts'
export {
  decideWaiver,
  WAIVER_MS_MAX,
  WAIVER_REJECTIONS,
  type WaiverCommand,
  type WaiverDecision,
  type WaiverRejection,
} from './waiver/decide.ts'
export {
  type ActiveWaiver,
  evolveWaiver,
  type Waiver,
  WAIVER_STATUSES,
  type WaiverStatus,
  waiverStatusAt,
} from './waiver/state.ts'
export {
  activeWaivers,
  type WaivableFinding,
  waiverFor,
  type WaiverQuestion,
} from './waiver/waiver-for.ts'
export { canonicalVerdict } from './verdict/canonical.ts'
export { explainDefault } from './verdict/explain-default.ts'
export {
  DEFAULT_REASONS,
  type DefaultReason,
  type Finding,
  type Reason,
  REASONS,
} from './verdict/finding.ts'
export type { PolicyVerdict } from './verdict/govern.ts'
export type {
  AppliedReleasePolicy,
  Governance,
  GuardIncident,
  StaleCause,
  StaleFact,
  VerdictInputs,
} from './verdict/inputs.ts'
export {
  DEFAULT_GUARD_PARAMETERS,
  guardParametersFrom,
  type GuardParameters,
  type GuardQuestion,
} from './verdict/question.ts'
export { verdict, type Verdict } from './verdict/verdict.ts'
export { burnRateMax, type BurnPairName, standardBurnWindows } from './budget/burn-rate.ts'
export { periodMsOf } from './policy/slo-period.ts'
export {
  JUDGED_MIN,
  type LimitFigures,
  LimitHistory,
  type NoLimit,
  type SuggestedLimit,
} from './backtest/limit-history.ts'
export { type OpenRule, triedLimitsOf } from './backtest/tried-limits.ts'
export { Track, type TrackChange, type TrackSummary } from './backtest/track.ts'
export {
  type IncidentSpan,
  type ReleaseScore,
  type ScoredRelease,
  scoreReleases,
  type TriedRelease,
} from './backtest/score-releases.ts'
