import type { YamlDocument } from '@portcullis/policy-files'

import type { Report } from '../finding.ts'
import { BY_HAND } from '../indicator/counts.ts'
import { percentOfShare, percentText } from './amounts.ts'
import { completeDraft, type Draft, type ImportedSlo, nameOf, STANDARD_ALERTS } from './draft.ts'
import { labelsOf } from './labels.ts'
import {
  listOf,
  type Mapping,
  mappingOf,
  optionalText,
  requiredMapping,
  requiredText,
} from './mapping.ts'
import { type OpenSloContext, requestsOfSlo } from './openslo-indicator.ts'
import { periodOf } from './openslo-window.ts'

/** What the objectives of a document have in common. */
type Base = Omit<Draft, 'name' | 'objective' | 'sliceTarget'>

/** Imports an SLO of OpenSLO v1: each of its objectives becomes an `Slo`. */
export function importOpenSlo(
  document: YamlDocument,
  report: Report,
  context: OpenSloContext,
): ImportedSlo[] {
  const root = mappingOf(document.plain, [], report)
  if (root === undefined) return []
  for (const key of ['apiVersion', 'kind']) root.take(key)
  const metadata = requiredMapping(root, 'metadata', report)
  const spec = requiredMapping(root, 'spec', report)
  root.leaveRest()
  if (metadata === undefined || spec === undefined) return []
  const name = requiredText(metadata, 'name', report)
  const displayName = optionalText(metadata, 'displayName', report)
  const labels = labelsOf(metadata, 'labels', report)
  metadata.leaveRest()
  const service = requiredText(spec, 'service', report)
  const texts = [displayName, optionalText(spec, 'description', report)]
  const period = periodOf(spec, context.options, report)
  const method = methodOf(spec, report)
  const objectives = listOf(spec, 'objectives', report)
  const isComposite = refuseComposite(objectives, spec, report)
  const requests = isComposite ? undefined : requestsOfSlo(spec, context, report)
  tellOfAlerts(spec, report)
  spec.leaveRest()
  if (report.isRefused() || name === undefined) return []
  const base: Base = {
    nameSpot: { path: ['metadata', 'name'] },
    description: texts.filter((text) => text !== undefined && text !== '').join(': '),
    labels,
    service: { name: service!, spot: { path: [...spec.path, 'service'] } },
    period: period!,
    requests,
  }
  return importObjectives(objectives, { document, report, context, base, name, method: method! })
}

function importObjectives(
  objectives: readonly unknown[],
  given: {
    readonly document: YamlDocument
    readonly report: Report
    readonly context: OpenSloContext
    readonly base: Base
    readonly name: string
    readonly method: Method
  },
): ImportedSlo[] {
  const { document, report, context, base, name, method } = given
  if (objectives.length === 0) {
    report.refuse({ path: ['spec'] }, 'has no objectives', BY_HAND)
    return []
  }
  return objectives.flatMap((one, index) => {
    const part = report.ofPart()
    const from = mappingOf(one, ['spec', 'objectives', index], part)
    if (from === undefined) return []
    const displayName = optionalText(from, 'displayName', part)
    const objective = objectiveOf(from, part)
    const sliceTarget = method === 'Timeslices' ? sliceTargetOf(from, part) : undefined
    from.leaveRest('nothing: it has no meaning for a ratioMetric')
    const suffix = objectives.length === 1 ? '' : `-${displayName ?? index + 1}`
    const draft = {
      ...base,
      name: nameOf(`${name}${suffix}`),
      description: [base.description, displayName].filter((text) => text).join(': '),
      objective,
      sliceTarget,
    }
    const { options } = context
    return completeDraft(draft, { document, alerts: STANDARD_ALERTS, options, report: part })
  })
}

type Method = 'Occurrences' | 'Timeslices'

function methodOf(spec: Mapping, report: Report): Method | undefined {
  const method = requiredText(spec, 'budgetingMethod', report)
  if (method === undefined || method === 'Occurrences' || method === 'Timeslices') return method
  const path = [...spec.path, 'budgetingMethod']
  const what =
    method === 'RatioTimeslices'
      ? 'RatioTimeslices averages the ratios of slices: a quiet minute would weigh as much as a busy one'
      : `"${method}" is no budgeting method of OpenSLO v1`
  return report.refuse({ path }, what, 'use Occurrences or Timeslices')
}

/** Objectives with an indicator each share one budget, which an `Slo` does not. */
function refuseComposite(objectives: readonly unknown[], spec: Mapping, report: Report): boolean {
  const composite = objectives.flatMap((one, index) => {
    const members = typeof one === 'object' && one !== null ? Object.keys(one) : []
    const key = members.find((name) => /^(?:indicator|indicatorRef|compositeWeight)$/u.test(name))
    return key === undefined ? [] : [[...spec.path, 'objectives', index, key]]
  })
  for (const path of composite) {
    const what = 'makes the SLO a composite one: several indicators share a budget'
    report.refuse({ path, part: 'key' }, what, 'write an SLO for each indicator')
  }
  if (composite.length === 0) return false
  for (const key of ['indicator', 'indicatorRef']) spec.take(key)
  return true
}

function objectiveOf(from: Mapping, report: Report): string | undefined {
  const [target, percentage] = [from.take('target'), from.take('targetPercent')]
  const value = typeof target === 'number' ? percentOfShare(target) : percentage
  const text = typeof value === 'number' ? percentText(value) : undefined
  if (text !== undefined && (target === undefined || percentage === undefined)) return text
  const what = 'must have target or targetPercent, a number with at most six decimals of percent'
  return report.refuse({ path: from.path }, what, 'write it like target: 0.999')
}

/** Slices of a budget are minutes here: others would come to other counts. */
function sliceTargetOf(from: Mapping, report: Report): string | undefined {
  const target = from.take('timeSliceTarget')
  const window = from.take('timeSliceWindow')
  if (window !== 1 && window !== '1m' && window !== '1') {
    const what = 'must be 1m: slices of an Slo are minutes'
    report.refuse({ path: [...from.path, 'timeSliceWindow'] }, what, BY_HAND)
  }
  const text = typeof target === 'number' ? percentText(percentOfShare(target)) : undefined
  const what = 'must be a number, from 0 to 1'
  return (
    text ?? report.refuse({ path: [...from.path, 'timeSliceTarget'] }, what, 'write it like 0.99')
  )
}

function tellOfAlerts(spec: Mapping, report: Report): void {
  if (listOf(spec, 'alertPolicies', report).length === 0) return
  const what = 'have no counterpart in an Slo: a burn_rate rule of a ReleasePolicy alerts'
  const instead = '--with-policy writes one, with the standard pairs of windows'
  report.leaveOut({ path: [...spec.path, 'alertPolicies'], part: 'key' }, what, instead)
}
