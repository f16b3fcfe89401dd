import { Labels } from '@portcullis/contracts'

import type { Report } from '../finding.ts'
import { type Mapping, optionalMapping } from './mapping.ts'

/** Returns the labels of a member, without those that an `Slo` cannot carry. */
export function labelsOf(from: Mapping, key: string, report: Report): Record<string, string> {
  const member = optionalMapping(from, key, report)
  if (member === undefined) return {}
  const labels: Record<string, string> = {}
  for (const name of member.keys) {
    const value = member.take(name)
    const { success, data } = Labels.safeParse({ [name]: value })
    if (success) Object.assign(labels, data)
    else if (value !== undefined) {
      const what = 'is no label that an Slo can carry: a key, and one line of text'
      report.leaveOut({ path: [...member.path, name] }, what, 'write the label by hand')
    }
  }
  return labels
}
