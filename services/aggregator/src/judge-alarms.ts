import {
  type AlarmScope,
  type EpochMs,
  type IncidentId,
  type KindName,
  type ProjectId,
  ROUTE_ALARM_KINDS,
  type RouteAlarmKind,
  type RouteName,
  systemMeta,
} from '@portcullis/contracts'
import {
  ALARM_HINTS,
  type AlarmEvaluation,
  type AlarmRules,
  type AlarmSignal,
  alarmSignal,
  decideAlarmSignal,
  evaluateRoute,
  evolveAlarm,
  type IncidentContext,
  judgeAlarm,
  minuteOf,
  type SloTargets,
} from '@portcullis/domain'
import {
  alarmStream,
  type Db,
  incidentIdOf,
  incidentStream,
  type NewEvent,
} from '@portcullis/event-log'
import {
  alarmModel,
  type AlarmRow,
  incidentModel,
  type IncidentRow,
  lockIncidents,
  readAlarms,
  type RowCache,
  type ServiceTraffic,
} from '@portcullis/projections'

import { alarmKeyOf, type ShardAlarms } from './shard-alarms.ts'

/** What alarms are judged by. */
export interface AlarmContext {
  readonly project: ProjectId
  readonly rules: AlarmRules
  readonly targetsOf: (scope: Omit<AlarmScope, 'kind'>) => SloTargets
  readonly incidentContextAt: (now: EpochMs) => IncidentContext
}

/** A route to look at. */
export interface LookedAt {
  readonly traffic: ServiceTraffic
  readonly route: RouteName
}

interface Candidate {
  readonly id: IncidentId
  readonly scope: AlarmScope
  readonly kind: RouteAlarmKind
  readonly evaluation: AlarmEvaluation
}

interface JudgedCandidate extends Candidate {
  readonly alarm: AlarmRow | undefined
  readonly alarmEvents: readonly NewEvent[]
  readonly signal: AlarmSignal | null
}

/** Events that follow from alarms, with the rows that were read and locked for them. */
export interface AlarmJudgement {
  readonly pending: readonly NewEvent[]
  readonly rows: RowCache
}

/**
 * Judges the alarms of routes at the database's present, and decides what they do to their incidents.
 * The shard is locked, so its alarms are nobody else's; incidents are locked here, and one that
 * somebody holds is left for the next look.
 */
export async function judgeAlarms(
  tx: Db,
  context: AlarmContext,
  given: { alarms: ShardAlarms; routes: readonly LookedAt[]; now: EpochMs },
): Promise<AlarmJudgement> {
  const { alarms, routes, now } = given
  const candidates = routes.flatMap((one) => candidatesOf(context, { ...given, one }))
  if (candidates.length === 0) return { pending: [], rows: new Map() }
  const unknown = candidates.filter((one) => !alarms.alarms.has(alarmKeyOf(one.scope)))
  const stored = await readAlarms(
    tx,
    context.project,
    unknown.map((one) => one.id),
  )
  const judged = candidates.map((one) => {
    const alarm = alarms.alarms.get(alarmKeyOf(one.scope)) ?? stored.get(one.id)
    return judgeOne(one, alarm, now)
  })
  const incidentContext = context.incidentContextAt(now)
  const speaking = judged.filter((one) => mayMatter(one, { alarms, incidentContext }))
  const { locked, held } = await lockIncidents(
    tx,
    context.project,
    speaking.map((one) => one.id),
  )
  const incidentEvents = speaking
    .filter((one) => !held.has(one.id))
    .flatMap((one) => decideOne(one, { incident: locked.get(one.id), incidentContext }))
  return {
    pending: [...judged.flatMap((one) => one.alarmEvents), ...incidentEvents],
    rows: new Map([
      [incidentModel.table, new Map<string, unknown>(locked)],
      [alarmModel.table, alarmRows(judged)],
    ]),
  }
}

/** Most routes are healthy and have no alarm: nothing follows for them. */
function candidatesOf(
  { project, rules, targetsOf }: AlarmContext,
  { alarms, one, now }: { alarms: ShardAlarms; one: LookedAt; now: EpochMs },
): Candidate[] {
  const { traffic, route } = one
  const { service, environment, window } = traffic
  const targets = targetsOf({ service, environment, route })
  const evaluated = evaluateRoute(minuteOf(window, route, now), { rules, targets }, now)
  return ROUTE_ALARM_KINDS.flatMap((kind) => {
    const evaluation = evaluated.alarms[kind]
    const scope = { service, environment, route, kind: kind as string as KindName }
    if (evaluation.status !== 'firing' && !alarms.alarms.has(alarmKeyOf(scope))) return []
    return [{ id: incidentIdOf(project, scope), scope, kind, evaluation }]
  })
}

function judgeOne(
  candidate: Candidate,
  alarm: AlarmRow | undefined,
  now: EpochMs,
): JudgedCandidate {
  const { id, scope, kind, evaluation } = candidate
  const events = judgeAlarm(scope, alarm?.state, evaluation, now)
  const after = events.reduce(evolveAlarm, alarm?.state)
  const about = { owner: null, hint: ALARM_HINTS[kind] }
  return {
    ...candidate,
    alarm,
    signal: alarmSignal({ alarm: after, evaluation, events }, about, now),
    alarmEvents: events.map((event, index) => ({
      streamId: alarmStream(id),
      version: (alarm?.version ?? 0) + index + 1,
      event,
      meta: systemMeta('alarm'),
      occurredAt: now,
    })),
  }
}

/**
 * Whether the signal may change its incident, by what is remembered of it. That may be a little old,
 * so what counts is decided again on the locked row.
 */
function mayMatter(
  { id, signal }: JudgedCandidate,
  { alarms, incidentContext }: { alarms: ShardAlarms; incidentContext: IncidentContext },
): boolean {
  if (signal === null) return false
  const remembered = alarms.incidents.get(id)
  if (remembered === undefined) return true
  return decideAlarmSignal(signal, remembered.state, incidentContext).length > 0
}

function decideOne(
  { id, signal }: JudgedCandidate,
  {
    incident,
    incidentContext,
  }: { incident: IncidentRow | undefined; incidentContext: IncidentContext },
): NewEvent[] {
  if (signal === null) return []
  return decideAlarmSignal(signal, incident?.state, incidentContext).map((event, index) => ({
    streamId: incidentStream(id),
    version: (incident?.version ?? 0) + index + 1,
    event,
    meta: systemMeta('alarm'),
    occurredAt: incidentContext.now,
  }))
}

function alarmRows(judged: readonly JudgedCandidate[]): Map<string, unknown> {
  return new Map(judged.flatMap(({ id, alarm }) => (alarm === undefined ? [] : [[id, alarm]])))
}
