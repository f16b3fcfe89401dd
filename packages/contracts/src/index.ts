export {
  ExportedBatch,
  ExportedEnd,
  ExportedEvent,
  ExportedLine,
  ExportedLog,
  ExportedMinutes,
  ExportedPerson,
  ExportedShard,
} from './exported-line.ts'
export {
  CommandId,
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  EnvironmentName,
  GatewayRunId,
  IncidentId,
  KeyId,
  KindName,
  LogPosition,
  NotificationId,
  OTHER_ROUTE,
  PrincipalId,
  ProjectId,
  RouteName,
  ServiceName,
  ShardSeq,
  StreamId,
  VersionName,
  WaiverId,
} from './ids.ts'
export {
  Actor,
  Role,
  ROLES,
  Scope,
  SCOPES,
  SCOPES_OF_ROLE,
  SealedText,
  SYSTEM_ACTOR,
  Via,
} from './principal.ts'
export { problems, type ProblemCode, type ProblemKind } from './problems.ts'
export {
  AlarmScope,
  Evidence,
  incidentKeyOf,
  ROUTE_ALARM_KINDS,
  RouteScope,
  Severity,
  type RouteAlarmKind,
} from './scope.ts'
export { lineOf, proseOf } from './text.ts'
export {
  BUCKET_MS,
  bucketStartOf,
  hourStartOf,
  minuteStartOf,
  secondStartOf,
  DAY_MS,
  earliest,
  EpochMs,
  GivenInstant,
  HOUR_MS,
  InstantInput,
  instantOf,
  LAST_INSTANT,
  latest,
  MINUTE_MS,
  plusMs,
  SECOND_MS,
} from './time.ts'
export { IncidentCommand, type IncidentCommandType } from './commands/incident.ts'
export {
  isIncidentCommand,
  OperationsCommand,
  type StoredCommand,
  UNDECIDABLE,
} from './commands/operations.ts'
export {
  AppliedDocument,
  Freeze,
  POLICY_API_VERSION,
  PolicyDocument,
  type PolicyTest,
  ReleasePolicy,
  RULES_MAX,
  Slo,
  STARTED_LABEL,
} from './policy/documents.ts'
export { Labels, PolicyName } from './policy/names.ts'
export {
  type Expected,
  type Given,
  type GivenCanary,
  type GivenLoad,
  type GivenTraffic,
  type PolicyCase,
} from './policy/policy-test.ts'
export { durationFrom, Percent } from './policy/quantities.ts'
export { POLICY_KINDS, PolicyKind, PolicyVersion } from './policy/version.ts'
export {
  CANARY_PERCENTILES,
  type CanaryPercentile,
  OnUndecided,
  Rule,
  RuleMode,
  type RuleType,
  RuleWindow,
} from './policy/rules.ts'
export { DEFAULT_POLICY, WaivedRule, WAIVED_MAX } from './policy/waived.ts'
export { Hours, RouteSelector, Selector, type Weekday, WEEKDAYS } from './policy/selector.ts'
export { alarmEvents } from './events/alarm.ts'
export {
  EventMeta,
  eventSchemas,
  systemMeta,
  type AlarmEvent,
  type DomainEvent,
  type EventData,
  type EventType,
  type IncidentEvent,
  type PolicyEvent,
  type RecordedEvent,
  type ReleaseEvent,
  type WaiverEvent,
} from './events/event.ts'
export { IncidentEdit, incidentEvents } from './events/incident.ts'
export { releaseEvents } from './events/release.ts'
export {
  Heads,
  operationEvents,
  Outcome,
  POLICIES_MAX,
  type RecordedPolicy,
} from './events/operations.ts'
export {
  BatchHeader,
  DURATION_MS_MAX,
  Observation,
  OBSERVATION_AGE_MS_MAX,
  ObservedBucket,
} from './http/request-metrics.ts'
export {
  BatchAnswer,
  BATCHES_PER_JOB_MAX,
  CommandsMessage,
  inboxIdOf,
  MetricBatchesMessage,
  MetricBatchMessage,
  NotificationMessage,
} from './queues/messages.ts'
export {
  INCIDENT_COMMANDS_QUEUE,
  METRIC_SHARDS,
  NOTIFICATIONS_QUEUE,
  requestMetricsQueue,
} from './queues/names.ts'
