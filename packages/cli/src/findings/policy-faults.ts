import type { PolicyDocument, Slo } from '@portcullis/contracts'
import { lintFreeze, type LintFinding, lintPolicy } from '@portcullis/domain'
import {
  documentsOf,
  pathText,
  type PolicyFault,
  type PolicyReading,
} from '@portcullis/policy-files'

import { countText } from '../terminal/count.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** Returns all that is wrong with files: what cannot be read, and what could never work; by file and line. */
export function policyFaults(reading: PolicyReading): PolicyFault[] {
  return [...reading.faults, ...lintDocuments(reading)].toSorted(inOrder)
}

function lintDocuments(reading: PolicyReading): PolicyFault[] {
  const slos = documentsOf(reading, 'Slo')
  const policies = new Set(
    documentsOf(reading, 'ReleasePolicy').map(({ metadata }) => metadata.name),
  )
  return reading.documents.flatMap(({ document, file, at }) => {
    const faultAt = (path: readonly PropertyKey[], message: string): PolicyFault => ({
      file,
      ...at(path),
      path: pathText(path),
      message,
    })
    if (document.kind === 'PolicyTest' && !policies.has(document.spec.policy)) {
      const message = `is no policy that is known: there is no ReleasePolicy "${document.spec.policy}"`
      return [faultAt(['spec', 'policy'], message)]
    }
    return findingsIn(document, slos).map(({ path, message }) => faultAt(path, message))
  })
}

function findingsIn(document: PolicyDocument, slos: readonly Slo[]): LintFinding[] {
  switch (document.kind) {
    case 'ReleasePolicy':
      return lintPolicy(document, slos)
    case 'Freeze':
      return lintFreeze(document)
    case 'Slo':
    case 'PolicyTest':
      return []
  }
}

function inOrder(a: PolicyFault, b: PolicyFault): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.column - b.column
}

/** Tells faults to a person, or to a program. */
export function tellFaults(
  terminal: Terminal,
  faults: readonly PolicyFault[],
  { json }: { readonly json: boolean },
): void {
  if (json) terminal.json({ faults })
  else printFaults(terminal, faults)
}

/** Prints faults, a line each, in the form that editors follow. */
export function printFaults({ line, paint }: Terminal, faults: readonly PolicyFault[]): void {
  for (const { file, line: at, column, path, message } of faults) {
    line(`${paint.strong(`${file}:${at}:${column}`)} ${path === '' ? '' : `${path} `}${message}`)
  }
  line(`${countText(faults.length, 'fault')}.`)
}
