import type { EpochMs, WaiverId } from '@portcullis/contracts'

import type { ActiveWaiver } from '../waiver/state.ts'
import { waiverFor } from '../waiver/waiver-for.ts'
import type { Finding } from './finding.ts'
import type { GuardQuestion } from './question.ts'

/** Something that would block, and that a waiver lets through. */
export interface WaivedFinding extends Finding {
  readonly waiver: WaiverId
  /** When the waiver ends. */
  readonly until: EpochMs
}

/** Divides violations into those that stand and those that a waiver covers. */
export function waive(
  violations: readonly Finding[],
  waivers: readonly ActiveWaiver[],
  question: GuardQuestion,
): { readonly standing: Finding[]; readonly waived: WaivedFinding[] } {
  const standing: Finding[] = []
  const waived: WaivedFinding[] = []
  for (const finding of violations) {
    const waiver = waivers.length === 0 ? null : waiverFor(finding, question, waivers)
    if (waiver === null) standing.push(finding)
    else waived.push({ ...finding, waiver: waiver.waiverId, until: waiver.until })
  }
  return { standing, waived }
}
