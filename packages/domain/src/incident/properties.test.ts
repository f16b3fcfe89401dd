// What holds for incidents whatever happens in whatever order: random lives of people, alarms, SQL
// and timers that fire late, twice and out of turn.
import {
  type Actor,
  type AlarmScope,
  type EpochMs,
  eventSchemas,
  type IncidentCommand,
  type IncidentEdit,
  type IncidentEvent,
  incidentEvents,
  MINUTE_MS,
  plusMs,
  type PrincipalId,
  type Severity,
} from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { DEFAULT_ESCALATION_SETTINGS } from '../escalation/settings.ts'
import type { IncidentContext } from './consequences.ts'
import { decideIncident } from './decide.ts'
import { saysWhenDue } from './due-events.ts'
import { evolveIncident } from './evolve.ts'
import { type AlarmSignal, decideAlarmSignal } from './follow-alarm.ts'
import { decideRecalc, decideTimer } from './follow-timer.ts'
import type { IncidentState } from './state.ts'

const START = 1_900_000_000_000 as EpochMs
const SCOPE = {
  service: 'shop',
  environment: 'production',
  route: 'GET /projects',
  kind: 'error_rate',
} as AlarmScope
const SETTINGS = DEFAULT_ESCALATION_SETTINGS

type Input =
  | { readonly does: 'tick'; readonly minutes: number }
  | { readonly does: 'command'; readonly by: PrincipalId; readonly command: IncidentCommand }
  | { readonly does: 'signal'; readonly signal: AlarmSignal }
  | { readonly does: 'edit'; readonly after: IncidentEdit }
  | { readonly does: 'timer' }
  | { readonly does: 'recalc' }

/** One event with the incident before it and what led to it. */
interface Happening {
  readonly input: Input
  readonly now: EpochMs
  readonly before: IncidentState | undefined
  readonly event: IncidentEvent
}

const instant = fc.integer({ min: -60, max: 600 }).map((m) => plusMs(START, m * MINUTE_MS))
const severity = fc.constantFrom<Severity>('warning', 'critical')
const person = fc.constantFrom('ann' as PrincipalId, 'bob' as PrincipalId)
const personOrNobody = fc.option(person, { nil: null })
const instantOrNone = fc.option(instant, { nil: null })
const status = fc.constantFrom('open', 'acknowledged', 'resolved' as const)
const cause = { scope: SCOPE, owner: null, hint: null, evidence: {} }

const command: fc.Arbitrary<IncidentCommand> = fc.oneof(
  severity.map((severity) => ({ type: 'open' as const, ...cause, severity, note: null })),
  fc
    .constantFrom('ack', 'unack', 'resolve', 'reopen', 'unsnooze', 'escalate' as const)
    .map((type) => ({ type, note: null })),
  instant.map((until) => ({ type: 'snooze' as const, until, note: null })),
  personOrNobody.map((owner) => ({ type: 'assign' as const, owner, note: null })),
  severity.map((severity) => ({ type: 'severity' as const, severity, note: null })),
)
const signal: fc.Arbitrary<AlarmSignal> = fc.oneof(
  fc.record({
    type: fc.constantFrom('alarm_raised', 'alarm_severity_changed', 'alarm_standing' as const),
    scope: fc.constant(SCOPE),
    severity,
    evidence: fc.constant({}),
    owner: personOrNobody,
    hint: fc.constant(null),
  }),
  instant.map((since) => ({ type: 'alarm_healthy' as const, since })),
)
const STANDING = {
  type: 'alarm_standing',
  scope: SCOPE,
  evidence: {},
  owner: null,
  hint: null,
} as const
const edit = fc.record(
  {
    status,
    severity,
    escalationLevel: fc.integer({ min: 0, max: 9 }),
    acknowledgedBy: personOrNobody,
    acknowledgedAt: instantOrNone,
    firstSeen: instant,
    lastSeen: instant,
    escalatedAt: instantOrNone,
    nextDueAt: instantOrNone,
  },
  { requiredKeys: [] },
)
const steered: fc.Arbitrary<Input> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 40 }).map(tick) },
  { weight: 3, arbitrary: fc.constant<Input>({ does: 'timer' }) },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('command' as const), by: person, command }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('signal' as const), signal }) },
  { weight: 1, arbitrary: fc.constant<Input>({ does: 'recalc' }) },
)
const inputs = fc.array(steered, { maxLength: 80, size: 'max' })
const inputsWithSql = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: steered },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('edit' as const), after: edit }) },
  ),
  { maxLength: 80, size: 'max' },
)

function tick(minutes: number): Input {
  return { does: 'tick', minutes }
}

function contextAt(now: EpochMs): IncidentContext {
  return { now, settings: SETTINGS, paused: false, channels: ['log'] }
}

/** Lives through `inputs`, and returns everything that happened. */
function live(inputs: readonly Input[]): readonly Happening[] {
  const happenings: Happening[] = []
  let incident: IncidentState | undefined
  let now = START
  for (const input of inputs) {
    if (input.does === 'tick') now = plusMs(now, input.minutes * MINUTE_MS)
    for (const event of eventsOf(input, incident, { now, newest: newestOf(happenings) })) {
      happenings.push({ input, now, before: incident, event })
      incident = evolveIncident(incident, event)
    }
  }
  return happenings
}

/** The newest event that says when the next escalation is due. */
function newestOf(happenings: readonly Happening[]): IncidentEvent | undefined {
  return happenings.findLast(({ event }) => saysWhenDue(event))?.event
}

function eventsOf(
  input: Input,
  incident: IncidentState | undefined,
  { now, newest }: { readonly now: EpochMs; readonly newest: IncidentEvent | undefined },
): readonly IncidentEvent[] {
  const context = contextAt(now)
  if (input.does === 'command') {
    const actor: Actor = { kind: 'person', id: input.by }
    const decision = decideIncident(input.command, incident, { ...context, actor })
    return 'events' in decision ? decision.events : []
  }
  if (input.does === 'signal') return decideAlarmSignal(input.signal, incident, context)
  if (incident === undefined || newest === undefined) return []
  if (input.does === 'timer') return decideTimer(newest, incident, context).events
  if (input.does === 'recalc') return decideRecalc(incident, context)
  if (input.does === 'edit') {
    return [{ type: 'incident.edited', data: { before: {}, after: input.after } }]
  }
  return []
}

function escalationsOf(happenings: readonly Happening[]) {
  return happenings.flatMap(({ event, before, ...rest }) =>
    event.type === 'incident.escalated' && before !== undefined ? [{ ...rest, before, event }] : [],
  )
}

/** A fact that must hold for every life. */
function holds(
  name: string,
  lives: fc.Arbitrary<readonly Input[]>,
  fact: (inputs: readonly Input[]) => boolean,
): void {
  t.test(name, async (t) => {
    t.doesNotThrow(() => fc.assert(fc.property(lives, fact), { numRuns: 300 }))
  })
}

holds('no step of an opening is taken twice, however timers fire', inputs, (inputs) => {
  const steps = escalationsOf(live(inputs)).map(
    ({ before, event }) => `${before.opening}/${event.data.level}`,
  )
  return new Set(steps).size === steps.length
})

holds('only an open incident escalates, by one level, up to the highest', inputsWithSql, (inputs) =>
  escalationsOf(live(inputs)).every(
    ({ before, event: { data } }) =>
      before.status === 'open' &&
      data.level === before.escalationLevel + 1 &&
      data.level <= SETTINGS.levelMax,
  ),
)

holds('a timer escalates neither in a snooze nor within the cooldown', inputsWithSql, (inputs) =>
  escalationsOf(live(inputs))
    .filter(({ input }) => input.does === 'timer')
    .every(
      ({ now, before }) =>
        now >= (before.snoozedUntil ?? now) &&
        (before.escalatedAt === null || now - before.escalatedAt >= SETTINGS.cooldownMs),
    ),
)

holds('timers that fire again change nothing', inputsWithSql, (inputs) => {
  const doubled = inputs.flatMap((input): readonly Input[] =>
    input.does === 'timer' ? [input, input] : [input],
  )
  const eventsOfLife = (life: readonly Input[]) => live(life).map(({ event }) => event)
  return JSON.stringify(eventsOfLife(doubled)) === JSON.stringify(eventsOfLife(inputs))
})

holds('every decided event has the shape of its contract', inputsWithSql, (inputs) =>
  live(inputs).every(({ event }) => eventSchemas[event.type].safeParse(event.data).success),
)

holds('openings are numbered 1, 2, 3, each after a resolution', inputsWithSql, (inputs) =>
  live(inputs)
    .filter(({ event }) => event.type === 'incident.opened')
    .every(
      ({ before, event }, index) =>
        event.type === 'incident.opened' &&
        event.data.opening === index + 1 &&
        (before === undefined || before.status === 'resolved'),
    ),
)

holds('without SQL an open incident is due by the formula, any other never', inputs, (inputs) =>
  live(inputs).every(({ before, event, now }) => {
    const after = evolveIncident(before, event)
    if (after.status !== 'open') return after.nextDueAt === null
    return decideRecalc(after, contextAt(now)).length === 0
  }),
)

holds(
  'no comment, owner or refresh hides what a timer makes of an edit',
  inputsWithSql,
  (inputs) => {
    const life = live(inputs)
    const incident = life.reduce<IncidentState | undefined>(
      (before, { event }) => evolveIncident(before, event),
      undefined,
    )
    const newest = newestOf(life)
    if (incident === undefined || newest === undefined) return true
    const now = life.at(-1)!.now
    const signal = { ...STANDING, severity: incident.severity }
    const aMinuteLater = contextAt(plusMs(incident.lastSeen, MINUTE_MS))
    const passing: readonly IncidentEvent[] = [
      {
        type: 'incident.commented',
        data: { note: { by: 'ann' as PrincipalId, sealed: 'bm90ZQ==' } },
      },
      { type: 'incident.assigned', data: { owner: incident.owner, note: null } },
      // A standing alarm would open what is resolved anew.
      ...(incident.status === 'resolved' ? [] : decideAlarmSignal(signal, incident, aMinuteLater)),
    ]
    const later = [...life, ...passing.map((event) => ({ event }) as Happening)]
    const after = passing.reduce(evolveIncident, incident)
    return (
      JSON.stringify(decideTimer(newest, incident, contextAt(now))) ===
      JSON.stringify(decideTimer(newestOf(later)!, after, contextAt(now)))
    )
  },
)

t.test('the lives are eventful: every event type occurs in them', async (t) => {
  const lives = fc.sample(inputsWithSql, { numRuns: 300, seed: 1 })
  const types = new Set<string>(
    lives.flatMap((inputs) => live(inputs).map(({ event }) => event.type)),
  )
  const elsewhere = ['incident.inserted', 'incident.commented']
  t.same(
    Object.keys(incidentEvents).filter((type) => !types.has(type) && !elsewhere.includes(type)),
    [],
  )
})
