import type { EpochMs, OperationsCommand } from '@portcullis/contracts'
import {
  type AppliedPolicies,
  decideApply,
  decideFreeze,
  decideRemove,
  type FreezeDecision,
  policyKeyOf,
} from '@portcullis/domain'
import { type Db, policyStream } from '@portcullis/event-log'
import { appendAndFold, appliedPolicies, readPolicies } from '@portcullis/projections'

import { commandMeta } from './command-meta.ts'
import type { DecisionContext } from './decide-commands.ts'
import { presentOf } from './fire-timers.ts'
import type { OperationOutcome, WaitingOperation } from './run-operations.ts'

type PolicyCommand = Extract<
  OperationsCommand,
  { type: 'apply_policies' | 'remove_policy' | 'start_freeze' | 'end_freeze' }
>

/** Puts documents in force or removes one, freezes among them; all that is in force then fits together. */
export async function changePolicies(
  tx: Db,
  { project }: Pick<DecisionContext, 'project'>,
  operation: WaitingOperation & { command: PolicyCommand },
): Promise<OperationOutcome> {
  // Two changes of different documents may not fit together, and no stream would tell.
  await tx.query(
    `select pg_advisory_xact_lock(hashtextextended('portcullis.policies.' || $1, 0))`,
    [project],
  )
  const rows = await readPolicies(tx, project)
  const applied = appliedPolicies(rows)
  const occurredAt = await presentOf(tx)
  const decision = decide(operation.command, applied, occurredAt)
  if ('rejected' in decision) {
    const { rejected: reason, ...more } = decision
    return { result: { reason, ...more }, isRejected: true, deliveries: [] }
  }
  const versions = new Map(rows.map((row) => [policyKeyOf(row), row.version]))
  const { events } = await appendAndFold(
    tx,
    project,
    decision.events.map((event) => ({
      streamId: policyStream(event.data.kind, event.data.name),
      version: (versions.get(policyKeyOf(event.data)) ?? 0) + 1,
      event,
      meta: commandMeta(operation),
      occurredAt,
    })),
  )
  const position = events.at(-1)?.position ?? null
  return { result: { changes: decision.changes, position }, deliveries: [] }
}

function decide(command: PolicyCommand, applied: AppliedPolicies, now: EpochMs): FreezeDecision {
  switch (command.type) {
    case 'apply_policies':
      return decideApply(command, applied)
    case 'remove_policy':
      return decideRemove(command, applied)
    case 'start_freeze':
    case 'end_freeze':
      return decideFreeze(command, applied, now)
  }
}
