import type { EpochMs, PrincipalId } from '@portcullis/contracts'
import { type Waiver, waiverStatusAt } from '@portcullis/domain'
import { isoOf, type NameOf, type WaiverRow } from '@portcullis/projections'

import type { Reading } from '../../commands/rendering.ts'
import type { WaiverBody } from './schemas.ts'

/** Returns waivers as they are answered: names for ids, reasons opened, and what each of them is now. */
export async function waiverBodiesOf(
  rows: readonly WaiverRow[],
  { namesFor, seal, clock }: Reading,
): Promise<WaiverBody[]> {
  const nameOf = await namesFor(rows.flatMap(({ waiver }) => peopleOf(waiver)))
  const reasons = await seal.open(rows.map(({ waiver }) => waiver.reason))
  const now = clock.now()
  return rows.map((row, nth) => bodyOf(row, { nameOf, reason: reasons[nth]!, now }))
}

function bodyOf(
  { waiver, position }: WaiverRow,
  shown: { readonly nameOf: NameOf; readonly reason: string; readonly now: EpochMs },
): WaiverBody {
  const { nameOf, reason, now } = shown
  const approval = waiver.status === 'pending' ? null : waiver.approval
  const revoked = waiver.status === 'revoked' ? waiver : null
  return {
    id: waiver.waiverId,
    status: waiverStatusAt(waiver, now),
    service: waiver.service,
    environment: waiver.environment,
    version: waiver.version,
    policies: waiver.policies,
    rules: waiver.rules,
    reason,
    until: isoOf(waiver.until),
    needs_second: waiver.needsSecond,
    granted_by: nameOf(waiver.grantedBy),
    granted_at: isoOf(waiver.grantedAt),
    approved_by: approval === null ? null : nameOf(approval.approvedBy),
    approved_at: approval === null ? null : isoOf(approval.approvedAt),
    revoked_by: revoked === null ? null : nameOf(revoked.revokedBy),
    revoked_at: revoked === null ? null : isoOf(revoked.revokedAt),
    position,
  }
}

function peopleOf(waiver: Waiver): PrincipalId[] {
  const approval = waiver.status === 'pending' ? null : waiver.approval
  return [
    waiver.grantedBy,
    ...(approval === null ? [] : [approval.approvedBy]),
    ...(waiver.status === 'revoked' ? [waiver.revokedBy] : []),
  ]
}
