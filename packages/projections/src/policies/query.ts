import type { LogPosition, ProjectId } from '@portcullis/contracts'
import { type AppliedPolicies, appliedPolicyOf, policyKeyOf } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { policyModel, type PolicyRow } from './model.ts'

/** Returns every policy, objective and freeze by kind and name; those too that were removed. */
export async function readPolicies(db: Db, project: ProjectId): Promise<PolicyRow[]> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select * from policies where project_id = $1
     order by kind collate "C", name collate "C"`,
    [project],
  )
  return rows.map((record) => policyModel.fromRecord(record))
}

/** Returns every policy that changed after a position, removed ones included. */
export async function policiesChangedSince(
  db: Db,
  project: ProjectId,
  position: LogPosition,
): Promise<PolicyRow[]> {
  const { rows } = await db.query<Record<string, unknown>>(
    'select * from policies where project_id = $1 and position > $2',
    [project, position],
  )
  return rows.map((record) => policyModel.fromRecord(record))
}

/** Returns rows as decisions and verdicts look at them: those in force, read. */
export function appliedPolicies(rows: Iterable<PolicyRow>): AppliedPolicies {
  const applied = [...rows]
    .filter(({ isRemoved }) => !isRemoved)
    .map(({ policyVersion, written }) => appliedPolicyOf(policyVersion, written))
  return new Map(applied.map((one) => [policyKeyOf(one), one]))
}
