import { type PolicyFile, readYaml, type YamlDocument } from '@portcullis/policy-files'

import { createReport, type Finding, type Report } from './finding.ts'
import type { ImportedSlo, ImportOptions } from './formats/draft.ts'
import { openSloDocuments } from './formats/openslo-documents.ts'
import type { OpenSloContext } from './formats/openslo-indicator.ts'
import { importOpenSlo } from './formats/openslo.ts'
import { importPyrra } from './formats/pyrra.ts'
import { importSlothFile, importSlothResource } from './formats/sloth.ts'

/** What came of foreign files. */
export interface Import {
  readonly slos: readonly ImportedSlo[]
  /** In the order of files and lines. */
  readonly findings: readonly Finding[]
}

/**
 * Imports objectives of OpenSLO v1, Sloth and Pyrra; a file may hold several documents, and documents of OpenSLO may refer to
 * each other across files. Nothing is thrown, and nothing is dropped in silence: what is not carried over is a finding.
 */
export function importSlos(files: readonly PolicyFile[], options: ImportOptions = {}): Import {
  const readings = files.map(readYaml)
  const findings = readings.flatMap(({ faults }) => faults.map(faultFinding))
  const documents = readings.flatMap((reading) => reading.documents)
  const referred = documents.filter((one) => apiOf(one) === 'openslo/v1' && isReferred(kindOf(one)))
  const context = { documents: openSloDocuments(referred), findings, options }
  const slos = documents.flatMap((one) => importDocument(one, createReport(one, findings), context))
  for (const one of context.documents.unused()) {
    const what = 'is referred to by no objective that could be read'
    createReport(one, findings).leaveOut({ path: [] }, what, 'nothing, or import it with its SLO')
  }
  const kept = withoutRepeated(slos)
  return { slos: kept, findings: distinct(findings).toSorted(inOrder(files)) }
}

function importDocument(
  document: YamlDocument,
  report: Report,
  context: OpenSloContext,
): ImportedSlo[] {
  const [api, kind] = [apiOf(document), kindOf(document)]
  const { options } = context
  if (memberOf(document, 'version') === 'prometheus/v1')
    return importSlothFile(document, report, options)
  switch (`${api} ${kind}`) {
    case 'sloth.slok.dev/v1 PrometheusServiceLevel':
      return importSlothResource(document, report, options)
    case 'pyrra.dev/v1alpha1 ServiceLevelObjective':
      return importPyrra(document, report, options)
    case 'openslo/v1 SLO':
      return importOpenSlo(document, report, context)
  }
  if (api !== 'openslo/v1' || !isReferred(kind)) tellOfOther({ api, kind }, report)
  return []
}

/** Tells of a document that is no objective, or is of a format that is not read. */
function tellOfOther(
  { api, kind }: { readonly api: string; readonly kind: string },
  report: Report,
): void {
  if (api === 'openslo/v1' && kind === 'Service') {
    const what = 'is a Service, which has no counterpart: an Slo names its service'
    report.leaveOut({ path: ['kind'] }, what, 'nothing')
  } else if (api === 'openslo/v1' && /^Alert(?:Policy|Condition|NotificationTarget)$/u.test(kind)) {
    const what = `is an ${kind}, which has no counterpart: a burn_rate rule of a ReleasePolicy alerts`
    report.leaveOut(
      { path: ['kind'] },
      what,
      '--with-policy writes one, with the standard pairs of windows',
    )
  } else {
    const what = `is no document that can be imported (${[api, kind].filter(Boolean).join(' ') || 'it names no format'})`
    const instead = 'OpenSLO v1, Sloth and Pyrra v1alpha1 are read: docs/slo-formats.md'
    report.refuse({ path: api === '' ? [] : ['apiVersion'] }, what, instead)
  }
}

function isReferred(kind: string): boolean {
  return kind === 'SLI' || kind === 'DataSource'
}

function apiOf(document: YamlDocument): string {
  return memberOf(document, 'apiVersion')
}

function kindOf(document: YamlDocument): string {
  return memberOf(document, 'kind')
}

function memberOf({ plain }: YamlDocument, key: string): string {
  if (typeof plain !== 'object' || plain === null) return ''
  const value: unknown = Object.entries(plain).find(([name]) => name === key)?.[1]
  return typeof value === 'string' ? value : ''
}

/** Leaves out objectives whose name another one has: documents are known by their names. */
function withoutRepeated(slos: readonly ImportedSlo[]): ImportedSlo[] {
  const first = new Map<string, ImportedSlo>()
  return slos.filter((one) => {
    const { name } = one.slo.metadata
    const other = first.get(name)
    if (other === undefined) {
      first.set(name, one)
      return true
    }
    const what = `would be a second Slo "${name}", like that of ${other.file}:${other.place.line}`
    one.refuse(what, 'give one of them another name')
    return false
  })
}

function faultFinding({
  message,
  ...place
}: {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly path: string
  readonly message: string
}): Finding {
  return { kind: 'refused', ...place, what: message, instead: 'mend the file' }
}

/** An SLI that several objectives name is told of once. */
function distinct(findings: readonly Finding[]): Finding[] {
  const byText = new Map(findings.map((one) => [JSON.stringify(one), one]))
  return [...byText.values()]
}

function inOrder(files: readonly PolicyFile[]): (a: Finding, b: Finding) => number {
  const order = new Map(files.map(({ name }, index) => [name, index]))
  return (a, b) => order.get(a.file)! - order.get(b.file)! || a.line - b.line || a.column - b.column
}
