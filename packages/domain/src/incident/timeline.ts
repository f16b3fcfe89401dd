import {
  type Actor,
  type AlarmScope,
  type EpochMs,
  type EventType,
  IncidentCommand,
  type IncidentEvent,
  MINUTE_MS,
  plusMs,
  type PrincipalId,
  type SealedText,
  type Severity,
} from '@portcullis/contracts'

import { DEFAULT_ESCALATION_SETTINGS, type EscalationSettings } from '../escalation/settings.ts'
import type { EscalationStep } from '../escalation/step.ts'
import type { IncidentContext } from './consequences.ts'
import { decideIncident } from './decide.ts'
import { saysWhenDue } from './due-events.ts'
import { evolveIncident } from './evolve.ts'
import { type AlarmSignal, decideAlarmSignal } from './follow-alarm.ts'
import { decideRecalc, decideTimer } from './follow-timer.ts'
import type { IncidentState } from './state.ts'

// The life of one incident as a table, for tests: each row is an input, what is decided on it, and
// the incident afterwards. All times are minutes since the table's first row.

const START = Date.UTC(2026, 10, 23, 10, 0, 0) as EpochMs
const SCOPE = {
  service: 'shop',
  environment: 'production',
  route: 'GET /projects',
  kind: 'slo_violation',
} as AlarmScope

/** What a row of a timeline came to, written as its two right-hand columns are. */
export interface RowOutcome {
  readonly row: string
  readonly expected: readonly [decided: string, incident: string]
  readonly actual: readonly [decided: string, incident: string]
}

/** Everything that a timeline has at one moment. */
interface Moment {
  now: EpochMs
  settings: EscalationSettings
  paused: boolean
  incident: IncidentState | undefined
  /** The newest event that says when the next escalation is due. */
  newest: IncidentEvent | undefined
  /** Types and rejections that occurred, in order. */
  readonly seen: string[]
}

/**
 * Plays `table` (lines of `input | decided | incident`) and returns the outcome of each row, with
 * every event type and rejection that occurred.
 *
 * Inputs: `tick 5` · `<person> <command> [argument] [+note]` · `alarm raised|changed|standing
 * <severity>` · `alarm healthy since <minute>` · `timer` · `recalc` · `sql insert|set <column>=<value> …`
 * · `settings <name>=<value> …`. Decided: event types without `incident.`, `!rejection`, or the
 * timer's step in brackets. The incident: `status level` and, if there is one, `due <minute>`.
 */
export function playTimeline(table: string): {
  readonly outcomes: readonly RowOutcome[]
  readonly seen: readonly string[]
} {
  const moment: Moment = {
    now: START,
    settings: DEFAULT_ESCALATION_SETTINGS,
    paused: false,
    incident: undefined,
    newest: undefined,
    seen: [],
  }
  const outcomes = table
    .split('\n')
    .filter((line) => line.includes('|'))
    .map((row): RowOutcome => {
      const [input = '', decided = '', incident = ''] = row.split('|').map((cell) => cell.trim())
      const actual = play(moment, input.split(/\s+/u))
      return {
        row,
        expected: [decided, incident],
        actual: [actual, describe(moment.incident)],
      }
    })
  return { outcomes, seen: moment.seen }
}

function play(moment: Moment, words: readonly string[]): string {
  const [subject = '', verb = '', argument = ''] = words
  switch (subject) {
    case 'tick':
      moment.now = plusMs(moment.now, Number(verb) * MINUTE_MS)
      return ''
    case 'settings':
      applySettings(moment, words.slice(1))
      return ''
    case 'sql':
      return apply(moment, [sqlEventOf(moment, verb, words.slice(2))])
    case 'alarm':
      return apply(
        moment,
        decideAlarmSignal(signalOf(verb, words), moment.incident, contextOf(moment)),
      )
    case 'timer':
      return playTimer(moment)
    case 'recalc':
      return apply(moment, decideRecalc(existing(moment), contextOf(moment)))
    default:
      return playCommand(moment, subject as PrincipalId, {
        verb,
        argument,
        hasNote: words.includes('+note'),
      })
  }
}

function playTimer(moment: Moment): string {
  const { events, step, lookAgainAt } = decideTimer(
    moment.newest!,
    existing(moment),
    contextOf(moment),
  )
  const again = lookAgainAt === null ? '' : ` again ${minuteOf(lookAgainAt)}`
  return `${apply(moment, events)} [${stepText(step)}${again}]`.trim()
}

function playCommand(
  moment: Moment,
  person: PrincipalId,
  words: { readonly verb: string; readonly argument: string; readonly hasNote: boolean },
): string {
  const actor: Actor = { kind: 'person', id: person }
  const note: SealedText | null = words.hasNote ? { by: person, sealed: 'bm90ZQ==' } : null
  const command = commandOf(words, note)
  const decision = decideIncident(command, moment.incident, { ...contextOf(moment), actor })
  if ('events' in decision) return apply(moment, decision.events)
  moment.seen.push(decision.rejected)
  return `!${decision.rejected}`
}

function commandOf(
  { verb, argument }: { readonly verb: string; readonly argument: string },
  note: SealedText | null,
): IncidentCommand {
  const argumentsOf: Record<string, object> = {
    open: { scope: SCOPE, severity: argument, owner: null, hint: null, evidence: {} },
    snooze: { until: minute(argument) },
    assign: { owner: argument === 'nobody' ? null : argument },
    severity: { severity: argument },
  }
  return IncidentCommand.parse({ type: verb, ...argumentsOf[verb], note })
}

function signalOf(verb: string, words: readonly string[]): AlarmSignal {
  if (verb === 'healthy') return { type: 'alarm_healthy', since: minute(words[3]!) }
  const types = {
    raised: 'alarm_raised',
    changed: 'alarm_severity_changed',
    standing: 'alarm_standing',
  } as const
  return {
    type: types[verb as keyof typeof types],
    scope: SCOPE,
    severity: words[2] as Severity,
    evidence: { p95_ms: 812 },
    owner: null,
    hint: 'see the dashboard',
  }
}

const SQL_COLUMNS = {
  status: 'status',
  severity: 'severity',
  level: 'escalationLevel',
  by: 'acknowledgedBy',
  at: 'acknowledgedAt',
  first_seen: 'firstSeen',
  last_seen: 'lastSeen',
  escalated_at: 'escalatedAt',
  next_due_at: 'nextDueAt',
  owner: 'owner',
} as const
const SQL_WORDS = new Set(['status', 'severity', 'by', 'owner'])

function sqlEventOf(moment: Moment, verb: string, assignments: readonly string[]): IncidentEvent {
  const written = Object.fromEntries(
    assignments.map((assignment) => {
      const [name = '', value = ''] = assignment.split('=')
      return [SQL_COLUMNS[name as keyof typeof SQL_COLUMNS], sqlValueOf(name, value)]
    }),
  )
  if (verb === 'set') return { type: 'incident.edited', data: { before: {}, after: written } }
  const columns = {
    status: 'open' as const,
    severity: 'critical' as const,
    escalationLevel: 0,
    acknowledgedBy: null,
    acknowledgedAt: null,
    firstSeen: moment.now,
    lastSeen: moment.now,
    escalatedAt: null,
    nextDueAt: null,
    owner: null,
    metadata: {},
    ...written,
  }
  return { type: 'incident.inserted', data: { scope: SCOPE, columns } }
}

function sqlValueOf(name: string, value: string): string | number | null {
  if (value === 'null') return null
  if (SQL_WORDS.has(name)) return value
  return name === 'level' ? Number(value) : minute(value)
}

function applySettings(moment: Moment, assignments: readonly string[]): void {
  for (const assignment of assignments) {
    const [name = '', value = ''] = assignment.split('=')
    if (name === 'paused') moment.paused = value === 'true'
    else moment.settings = settingsWith(moment.settings, name, value)
  }
}

function settingsWith(
  settings: EscalationSettings,
  name: string,
  value: string,
): EscalationSettings {
  const minutesMs = Number(value) * MINUTE_MS
  switch (name) {
    case 'critical':
    case 'warning':
      return { ...settings, ackWithinMs: { ...settings.ackWithinMs, [name]: minutesMs } }
    case 'cooldown':
      return { ...settings, cooldownMs: minutesMs }
    case 'max':
      return { ...settings, levelMax: Number(value) }
    case 'canary':
      return { ...settings, canaryPercent: Number(value) }
    default:
      return { ...settings, dryRun: value === 'true' }
  }
}

function apply(moment: Moment, events: readonly IncidentEvent[]): string {
  for (const event of events) {
    moment.incident = evolveIncident(moment.incident, event)
    if (saysWhenDue(event)) moment.newest = event
    moment.seen.push(event.type satisfies EventType)
  }
  return events.map((event) => event.type.replace('incident.', '')).join(', ')
}

function existing(moment: Moment): IncidentState {
  return moment.incident!
}

function contextOf({ now, settings, paused }: Moment): IncidentContext {
  return { now, settings, paused, channels: ['log', 'webhook'] }
}

function describe(incident: IncidentState | undefined): string {
  if (incident === undefined) return ''
  const { status, escalationLevel, nextDueAt } = incident
  const due = nextDueAt === null ? '' : ` due ${minuteOf(nextDueAt)}`
  return `${status} ${escalationLevel}${due}`
}

function stepText(step: EscalationStep): string {
  switch (step.step) {
    case 'escalate':
      return `escalate ${step.level}`
    case 'hold':
      return `hold ${step.level}: ${step.why}`
    case 'wait':
      return 'wait'
    case 'none':
      return `none: ${step.why}`
  }
}

function minute(text: string): EpochMs {
  return plusMs(START, Number(text) * MINUTE_MS)
}

function minuteOf(at: EpochMs): number {
  return (at - START) / MINUTE_MS
}
