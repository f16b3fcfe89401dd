import type { EpochMs, ProjectId } from '@portcullis/contracts'
import { type AppliedPolicies, appliedPolicyOf, policyKeyOf } from '@portcullis/domain'
import { type Db, policyStream, readStream } from '@portcullis/event-log'

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

/** Returns rows as decisions and verdicts look at them: those in force, read. */
export function appliedPolicies(rows: Iterable<PolicyRow>): AppliedPolicies {
  const applied = [...rows]
    .filter(({ isRemoved }) => !isRemoved)
    .map(({ policyVersion, written }) => appliedPolicyOf(policyVersion, written))
  return new Map(applied.map((one) => [policyKeyOf(one), one]))
}

/** Returns the policies, objectives and freezes that were in force at an instant, by what the log says. */
export async function policiesAt(db: Db, project: ProjectId, at: EpochMs): Promise<PolicyRow[]> {
  const rows = await readPolicies(db, project)
  const then: PolicyRow[] = []
  for (const row of rows) {
    const before = row.changedAt <= at ? row : await rowBefore(db, project, { row, at })
    if (before !== undefined && !before.isRemoved) then.push(before)
  }
  return then
}

/** Folds what had happened to a document until an instant. */
async function rowBefore(
  db: Db,
  project: ProjectId,
  { row: { kind, name }, at }: { readonly row: PolicyRow; readonly at: EpochMs },
): Promise<PolicyRow | undefined> {
  const events = await readStream(db, project, policyStream(kind, name))
  return events
    .filter(({ recordedAt }) => recordedAt <= at)
    .reduce<PolicyRow | undefined>(
      (row, event) => policyModel.evolve(row, event, [kind, name]),
      undefined,
    )
}
