import type {
  Actor,
  CommandId,
  EpochMs,
  IncidentCommand,
  IncidentId,
  LogPosition,
  NotificationId,
  ProjectId,
  RecordedEvent,
  Via,
} from '@portcullis/contracts'
import { decideIncident, type IncidentContext } from '@portcullis/domain'
import { type Db, incidentStream, inTransaction, type NewEvent } from '@portcullis/event-log'
import {
  appendAndFold,
  foldIncident,
  incidentModel,
  incidentToKeep,
  type IncidentRow,
  lockIncidents,
} from '@portcullis/projections'
import type { Pool } from 'pg'

import { commandMeta } from './command-meta.ts'
import { type CommandAnswer, writeAnswers } from './write-answers.ts'

/** What decisions need from outside. */
export interface DecisionContext {
  readonly pool: Pool
  readonly project: ProjectId
  /** Returns what decisions at this instant depend on: settings, channels, whether escalation pauses. */
  contextAt(now: EpochMs): IncidentContext
}

/** What became of a group of commands. */
export interface Decided {
  /** Commands that have their answer now, refused ones included. */
  readonly decided: readonly CommandId[]
  /** Commands whose incident somebody else holds; they stay waiting. */
  readonly putAside: readonly CommandId[]
  /** Outbox rows that were written. */
  readonly deliveries: readonly NotificationId[]
}

interface WaitingCommand {
  readonly id: CommandId
  readonly incidentId: IncidentId
  readonly command: IncidentCommand
  readonly actor: Actor
  readonly via: Via
  readonly correlationId: string | null
}

type Answer =
  | { status: 'done'; row: IncidentRow }
  | { status: 'rejected'; reason: string; row: IncidentRow | null }

/**
 * Decides waiting commands together, in one transaction, in the order in which they were accepted.
 * Commands that are decided already, or that another escalator is deciding, are left alone.
 *
 * Throws a stream conflict when an incident was opened by somebody else meanwhile; nothing happened
 * then, and deciding again is right.
 */
export async function decideCommands(
  { pool, project, contextAt }: DecisionContext,
  ids: readonly CommandId[],
): Promise<Decided> {
  return inTransaction(pool, async (tx) => {
    // 1. Read what waits.
    const { commands, now } = await readWaiting(tx, project, ids)
    if (commands.length === 0) return { decided: [], putAside: [], deliveries: [] }
    // 2. Lock the incidents that it is about.
    const incidentIds = commands.map((command) => command.incidentId)
    const { locked, held } = await lockIncidents(tx, project, incidentIds)
    // 3. Decide, each command on what the one before it left.
    const putAside = commands.filter((command) => held.has(command.incidentId))
    const ours = commands.filter((command) => !held.has(command.incidentId))
    const after = new Map(locked)
    const context = contextAt(now)
    const decisions = ours.map((command) => decideOne(command, { rows: after, context, now }))
    // 4. Append what was decided, and answer with the positions that it got.
    const pending = decisions.flatMap((decision) => decision.pending)
    const rows = new Map([[incidentModel.table, new Map<string, unknown>(locked)]])
    const { deliveries } = await appendAndFold(tx, project, pending, {
      rows,
      alongside: (events) => {
        const answers = placed(decisions, events).map(storedAnswer)
        return writeAnswers(tx, project, { answers, now })
      },
    })
    return {
      decided: ours.map((command) => command.id),
      putAside: putAside.map((command) => command.id),
      deliveries,
    }
  })
}

interface OneDecision {
  readonly id: CommandId
  readonly answer: Answer
  readonly pending: readonly NewEvent[]
}

function decideOne(
  command: WaitingCommand,
  given: {
    rows: Map<string, IncidentRow>
    context: IncidentContext
    now: EpochMs
  },
): OneDecision {
  const { rows, context, now } = given
  const row = rows.get(command.incidentId)
  const decision = decideIncident(command.command, row?.state, { ...context, actor: command.actor })
  if ('rejected' in decision) {
    const answer = { status: 'rejected', reason: decision.rejected, row: row ?? null } as const
    return { id: command.id, answer, pending: [] }
  }
  const version = row?.version ?? 0
  const pending = decision.events.map((event, index) => ({
    streamId: incidentStream(command.incidentId),
    version: version + index + 1,
    event,
    meta: commandMeta(command),
    occurredAt: now,
  }))
  const after = foldIncident(row, { id: command.incidentId, events: decision.events })
  if (after !== undefined) rows.set(command.incidentId, after)
  return { id: command.id, answer: answerOf(after), pending }
}

/** An accepted command always leaves an incident: `open` makes one, all others need one. */
function answerOf(row: IncidentRow | undefined): Answer {
  if (row === undefined) throw new Error('an accepted command left no incident')
  return { status: 'done', row }
}

/**
 * Gives each answer the position of the last event on its incident so far; the events follow the
 * decisions' order. An answer without events of its own (a refusal, or what was so already) shows the
 * incident as the commands before it left it, and so at their position.
 */
function placed(
  decisions: readonly OneDecision[],
  events: readonly RecordedEvent[],
): readonly OneDecision[] {
  const positions = new Map<IncidentId, LogPosition>()
  let next = 0
  return decisions.map((decision) => {
    const { answer, pending } = decision
    if (answer.row === null) return decision
    next += pending.length
    if (pending.length > 0) positions.set(answer.row.id, events[next - 1]!.position)
    const position = positions.get(answer.row.id) ?? answer.row.position
    return { ...decision, answer: { ...answer, row: { ...answer.row, position } } }
  })
}

async function readWaiting(
  tx: Db,
  project: ProjectId,
  ids: readonly CommandId[],
): Promise<{ commands: WaitingCommand[]; now: EpochMs }> {
  const { rows } = await tx.query<{
    command_id: CommandId
    incident_id: IncidentId
    command: IncidentCommand
    actor: Actor
    via: Via
    correlation_id: string | null
    present: Date
  }>(
    `select command_id, incident_id, command, actor, via, correlation_id,
       date_trunc('milliseconds', clock_timestamp()) as present
     from commands
     where project_id = $1 and command_id = any($2::uuid[]) and status = 'waiting'
       and incident_id is not null
     order by accepted_at, command_id for update skip locked`,
    [project, ids],
  )
  const commands = rows.map((row) => ({
    id: row.command_id,
    incidentId: row.incident_id,
    command: row.command,
    actor: row.actor,
    via: row.via,
    correlationId: row.correlation_id,
  }))
  return { commands, now: (rows[0]?.present.getTime() ?? 0) as EpochMs }
}

function storedAnswer({ id, answer }: OneDecision): CommandAnswer {
  return { id, status: answer.status, result: resultOf(answer) }
}

function resultOf(answer: Answer) {
  const incident = answer.row === null ? null : incidentToKeep(answer.row)
  return answer.status === 'done' ? { incident } : { reason: answer.reason, incident }
}
