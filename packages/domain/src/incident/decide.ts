import {
  type Actor,
  DAY_MS,
  type IncidentCommand,
  type IncidentEvent,
  plusMs,
  type PrincipalId,
} from '@portcullis/contracts'

import { escalationDueAt } from '../escalation/due-time.ts'
import { dueAtWhileOpen, escalationOf, type IncidentContext, openingOf } from './consequences.ts'
import type { IncidentState } from './state.ts'

/** The longest snooze. */
export const SNOOZE_MS_MAX = 30 * DAY_MS

/** Why a command is refused; never renamed or used again (docs/incidents.md). */
export const INCIDENT_REJECTIONS = [
  'incident_not_found',
  'incident_already_open',
  'incident_already_acknowledged',
  'incident_already_resolved',
  'incident_not_open',
  'incident_not_resolved',
  'incident_at_max_level',
  'snooze_end_in_past',
  'snooze_end_too_far',
] as const
export type IncidentRejection = (typeof INCIDENT_REJECTIONS)[number]

export type IncidentDecision =
  | { readonly events: readonly IncidentEvent[] }
  | { readonly rejected: IncidentRejection }

type CommandNamed<Type extends IncidentCommand['type']> = Extract<IncidentCommand, { type: Type }>
interface Given {
  readonly incident: IncidentState
  readonly context: IncidentContext
  readonly by: PrincipalId
}

/**
 * Decides a command of a person or a service on one incident.
 *
 * | command  | open                  | acknowledged                      | resolved                    |
 * |----------|-----------------------|-----------------------------------|-----------------------------|
 * | open     | already_open          | already_open                      | `opened`, the next opening  |
 * | ack      | `acknowledged`        | by oneself: nothing; else already_acknowledged | already_resolved |
 * | unack    | nothing               | `unacknowledged`                  | already_resolved            |
 * | resolve  | `resolved`            | `resolved`                        | nothing                     |
 * | reopen   | nothing               | not_resolved                      | `reopened`, same opening    |
 * | snooze   | `snoozed`             | not_open                          | already_resolved            |
 * | unsnooze | `unsnoozed`, or nothing | `unsnoozed`, or nothing         | already_resolved            |
 * | severity | `severity_changed`, or nothing | `severity_changed`, or nothing | already_resolved      |
 * | escalate | `escalated`           | not_open                          | already_resolved            |
 * | assign   | `assigned`, or nothing | `assigned`, or nothing           | `assigned`, or nothing      |
 * | comment  | `commented`           | `commented`                       | `commented`                 |
 *
 * (`incident_` before each rejection is left out.) Where the incident is not there, `open` opens it
 * and all else is `incident_not_found`.
 *
 * "Nothing": what was asked for is so already. Whoever clicks twice or retries gets the incident,
 * not an error; a note that came along is kept as a comment. What somebody else did instead is
 * refused: two people who acknowledge must both learn which of them has it. An incident that SQL
 * acknowledged without naming anybody can be taken by an `ack`.
 *
 * An escalation by hand ignores dry run, canary share, pause, snooze and cooldown: a person wants it
 * now. The highest level holds for it too.
 */
export function decideIncident(
  command: IncidentCommand,
  incident: IncidentState | undefined,
  context: IncidentContext & { readonly actor: Actor },
): IncidentDecision {
  if (command.type === 'open') return open(command, incident, context)
  if (incident === undefined) return { rejected: 'incident_not_found' }
  return decideExisting(command, { incident, context, by: context.actor.id })
}

function decideExisting(
  command: Exclude<IncidentCommand, { type: 'open' }>,
  given: Given,
): IncidentDecision {
  switch (command.type) {
    case 'ack':
      return ack(command, given)
    case 'unack':
      return unack(command, given)
    case 'resolve':
      return resolve(command, given)
    case 'reopen':
      return reopen(command, given)
    case 'snooze':
      return snooze(command, given)
    case 'unsnooze':
      return unsnooze(command, given)
    case 'assign':
      return assign(command, given)
    case 'comment':
      return { events: [{ type: 'incident.commented', data: { note: command.note } }] }
    case 'severity':
      return changeSeverity(command, given)
    case 'escalate':
      return escalate(command, given)
  }
}

function open(
  { scope, severity, owner, hint, evidence, note }: CommandNamed<'open'>,
  incident: IncidentState | undefined,
  context: IncidentContext,
): IncidentDecision {
  if (incident !== undefined && incident.status !== 'resolved') {
    return { rejected: 'incident_already_open' }
  }
  const cause = { scope, severity, owner, hint, evidence, note }
  return { events: [openingOf(incident, cause, context)] }
}

function ack({ note }: CommandNamed<'ack'>, { incident, context, by }: Given): IncidentDecision {
  if (incident.status === 'resolved') return { rejected: 'incident_already_resolved' }
  if (incident.status === 'acknowledged') {
    if (incident.acknowledgedBy === by) return alreadySo(note)
    if (incident.acknowledgedBy !== null) return { rejected: 'incident_already_acknowledged' }
  }
  const data = { by, at: context.now, note, notify: [...context.channels] }
  return { events: [{ type: 'incident.acknowledged', data }] }
}

function unack({ note }: CommandNamed<'unack'>, { incident, context }: Given): IncidentDecision {
  if (incident.status === 'resolved') return { rejected: 'incident_already_resolved' }
  if (incident.status === 'open') return alreadySo(note)
  const nextDueAt = escalationDueAt(incident, context.settings)
  return { events: [{ type: 'incident.unacknowledged', data: { note, nextDueAt } }] }
}

function resolve(
  { note }: CommandNamed<'resolve'>,
  { incident, context }: Given,
): IncidentDecision {
  if (incident.status === 'resolved') return alreadySo(note)
  const data = { reason: 'command' as const, at: context.now, note, notify: [...context.channels] }
  return { events: [{ type: 'incident.resolved', data }] }
}

function reopen({ note }: CommandNamed<'reopen'>, { incident, context }: Given): IncidentDecision {
  if (incident.status === 'acknowledged') return { rejected: 'incident_not_resolved' }
  if (incident.status === 'open') return alreadySo(note)
  const nextDueAt = escalationDueAt(incident, context.settings)
  const data = { at: context.now, note, nextDueAt, notify: [...context.channels] }
  return { events: [{ type: 'incident.reopened', data }] }
}

function snooze(
  { until, note }: CommandNamed<'snooze'>,
  { incident, context: { now, settings } }: Given,
): IncidentDecision {
  if (incident.status === 'resolved') return { rejected: 'incident_already_resolved' }
  if (incident.status === 'acknowledged') return { rejected: 'incident_not_open' }
  if (until <= now) return { rejected: 'snooze_end_in_past' }
  if (until > plusMs(now, SNOOZE_MS_MAX)) return { rejected: 'snooze_end_too_far' }
  if (until === incident.snoozedUntil) return alreadySo(note)
  const nextDueAt = escalationDueAt({ ...incident, snoozedUntil: until }, settings)
  return { events: [{ type: 'incident.snoozed', data: { until, note, nextDueAt } }] }
}

function unsnooze(
  { note }: CommandNamed<'unsnooze'>,
  { incident, context }: Given,
): IncidentDecision {
  if (incident.status === 'resolved') return { rejected: 'incident_already_resolved' }
  if (incident.snoozedUntil === null) return alreadySo(note)
  const nextDueAt = dueAtWhileOpen({ ...incident, snoozedUntil: null }, context)
  return { events: [{ type: 'incident.unsnoozed', data: { note, nextDueAt } }] }
}

/** Also after the resolution: somebody may be left in charge of what was learned. */
function assign({ owner, note }: CommandNamed<'assign'>, { incident }: Given): IncidentDecision {
  if (owner === incident.owner) return alreadySo(note)
  return { events: [{ type: 'incident.assigned', data: { owner, note } }] }
}

function changeSeverity(
  { severity, note }: CommandNamed<'severity'>,
  { incident, context }: Given,
): IncidentDecision {
  if (incident.status === 'resolved') return { rejected: 'incident_already_resolved' }
  if (severity === incident.severity) return alreadySo(note)
  const nextDueAt = dueAtWhileOpen({ ...incident, severity }, context)
  return { events: [{ type: 'incident.severity_changed', data: { severity, note, nextDueAt } }] }
}

function escalate(
  { note }: CommandNamed<'escalate'>,
  { incident, context }: Given,
): IncidentDecision {
  if (incident.status === 'resolved') return { rejected: 'incident_already_resolved' }
  if (incident.status === 'acknowledged') return { rejected: 'incident_not_open' }
  if (incident.escalationLevel >= context.settings.levelMax) {
    return { rejected: 'incident_at_max_level' }
  }
  return { events: [escalationOf(incident, context), ...commentOf(note)] }
}

/** What was asked for is so already: nothing happens, but what was said is not lost. */
function alreadySo(note: CommandNamed<'ack'>['note']): IncidentDecision {
  return { events: commentOf(note) }
}

function commentOf(note: CommandNamed<'ack'>['note']): IncidentEvent[] {
  return note === null ? [] : [{ type: 'incident.commented', data: { note } }]
}
