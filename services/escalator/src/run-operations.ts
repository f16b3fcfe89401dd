import type {
  Actor,
  CommandId,
  NotificationId,
  OperationsCommand,
  Via,
} from '@portcullis/contracts'
import { type Db, inTransaction, isRetryable } from '@portcullis/event-log'

import { announceRelease } from './announce-release.ts'
import { changePolicies } from './change-policies.ts'
import { changeWaiver } from './change-waiver.ts'
import type { DecisionContext } from './decide-commands.ts'
import { fireTimers, presentOf } from './fire-timers.ts'
import { recalcDueTimes } from './recalc-due-times.ts'
import { refuseUndecidable, type Undecidable } from './refuse-undecidable.ts'
import { steerRelease } from './steer-release.ts'
import { writeAnswers } from './write-answers.ts'

/** A waiting command that is not about one incident. */
export interface WaitingOperation {
  readonly id: CommandId
  readonly command: OperationsCommand
  readonly actor: Actor
  readonly via: Via
  readonly correlationId: string | null
}

/** What an operation led to. */
export interface OperationOutcome {
  /** JSON: the answer. */
  readonly result: unknown
  /** The domain said no; the result says why. */
  readonly isRejected?: true
  readonly deliveries: readonly NotificationId[]
}

/** Timers that one `tick` fires at most; the loop goes on with the rest. */
const TICK_MAX = 1_000

/** What became of operations. */
export interface OperationsRun {
  /** Those that have their answer now, the undecidable ones included. */
  readonly decided: readonly CommandId[]
  readonly deliveries: readonly NotificationId[]
  /** Those that failed for good; they have that for their answer. */
  readonly undecidable: readonly Undecidable[]
  /** Those that failed in a way that passes by itself; they stay waiting. */
  readonly failed: readonly { readonly id: CommandId; readonly error: unknown }[]
}

/**
 * Runs those of the given commands that are about more than one incident, each in a transaction of
 * its own, so that one which fails holds up no other.
 */
export async function runOperations(
  context: DecisionContext,
  ids: readonly CommandId[],
): Promise<OperationsRun> {
  const decided: CommandId[] = []
  const deliveries: NotificationId[] = []
  const undecidable: Undecidable[] = []
  const failed: { readonly id: CommandId; readonly error: unknown }[] = []
  for (const id of await operationsAmong(context, ids)) {
    try {
      const outcome = await runOne(context, id)
      if (outcome === null) continue
      decided.push(id)
      deliveries.push(...outcome.deliveries)
    } catch (error) {
      if (isRetryable(error)) {
        failed.push({ id, error })
        continue
      }
      const refused = await refuseUndecidable(context, id, error)
      if (refused === null) continue
      decided.push(id)
      undecidable.push(refused)
    }
  }
  return { decided, deliveries, undecidable, failed }
}

/** Returns null when another escalator has it, or had it. */
function runOne(context: DecisionContext, id: CommandId): Promise<OperationOutcome | null> {
  return inTransaction(context.pool, async (tx) => {
    const operation = await lockOperation(tx, context, id)
    if (operation === null) return null
    const now = await presentOf(tx)
    const done = await run(tx, context, operation)
    const answers = [
      {
        id,
        status: done.isRejected ? ('rejected' as const) : ('done' as const),
        result: done.result,
      },
    ]
    await writeAnswers(tx, context.project, { answers, now })
    return done
  })
}

type Runs = {
  readonly [Type in OperationsCommand['type']]: (
    tx: Db,
    context: DecisionContext,
    operation: WaitingOperation & {
      readonly command: Extract<OperationsCommand, { type: Type }>
    },
  ) => Promise<OperationOutcome>
}

const RUNS: Runs = {
  announce_release: announceRelease,
  promote_release: steerRelease,
  finish_release: steerRelease,
  rollback_release: steerRelease,
  abort_release: steerRelease,
  approve_release: steerRelease,
  revoke_approval: steerRelease,
  apply_policies: changePolicies,
  remove_policy: changePolicies,
  start_freeze: changePolicies,
  end_freeze: changePolicies,
  grant_waiver: changeWaiver,
  approve_waiver: changeWaiver,
  revoke_waiver: changeWaiver,
  recalc: recalcDueTimes,
  tick: async (tx, context) => {
    const asked = { limit: TICK_MAX, overdue: true }
    const { due, escalated, heldBack, deliveries } = await fireTimers(tx, context, asked)
    const held_back = heldBack.map(({ incidentId, step }) => ({ incident: incidentId, ...step }))
    return { result: { due, escalated, held_back }, deliveries }
  },
}

function run(
  tx: Db,
  context: DecisionContext,
  operation: WaitingOperation,
): Promise<OperationOutcome> {
  // Each run stands under the type of the commands that it takes, which the compiler cannot follow here.
  const one: (tx: Db, context: DecisionContext, operation: never) => Promise<OperationOutcome> =
    RUNS[operation.command.type]
  return one(tx, context, operation as never)
}

async function operationsAmong(
  { pool, project }: DecisionContext,
  ids: readonly CommandId[],
): Promise<CommandId[]> {
  if (ids.length === 0) return []
  const { rows } = await pool.query<{ command_id: CommandId }>(
    `select command_id from commands
     where project_id = $1 and command_id = any($2::uuid[]) and status = 'waiting'
       and incident_id is null
     order by accepted_at`,
    [project, ids],
  )
  return rows.map((row) => row.command_id)
}

async function lockOperation(
  tx: Db,
  { project }: DecisionContext,
  id: CommandId,
): Promise<WaitingOperation | null> {
  const { rows } = await tx.query<{
    command: OperationsCommand
    actor: Actor
    via: Via
    correlation_id: string | null
  }>(
    `select command, actor, via, correlation_id from commands
     where project_id = $1 and command_id = $2 and status = 'waiting' for update skip locked`,
    [project, id],
  )
  const row = rows[0]
  if (row === undefined) return null
  const { command, actor, via, correlation_id: correlationId } = row
  return { id, command, actor, via, correlationId }
}
