import { pathText, type YamlDocument } from '@portcullis/policy-files'

export type Path = readonly (string | number)[]

/** A part of a document: a value, its key, or a character of a text. */
export interface Spot {
  readonly path: Path
  readonly part?: 'key'
  readonly offset?: number
}

/**
 * What became of a part of a document that was not carried over as it is: its objective was `refused`, it was `left_out` and
 * the rest carried over, or something that the file does not say was `assumed`.
 */
export type FindingKind = 'refused' | 'left_out' | 'assumed'

/** Something that is to be told of a document. */
export interface Finding {
  readonly kind: FindingKind
  readonly file: string
  /** Both begin with 1. */
  readonly line: number
  readonly column: number
  /** Where in the document, like `slos[0].sli`; empty where it is about all of it. */
  readonly path: string
  /** What it is, after its path. */
  readonly what: string
  /** What to do by hand. */
  readonly instead: string
}

/** Takes what is to be told of a document, or of one of the objectives in it. */
export interface Report {
  /** Returns undefined, so that whoever reads a value can return it. */
  refuse(spot: Spot, what: string, instead: string): undefined
  leaveOut(spot: Spot, what: string, instead: string): void
  assume(spot: Spot, what: string, instead: string): void
  /** Whether something was refused here. */
  readonly isRefused: () => boolean
  /** A report of its own for one objective, whose refusal does not concern the others. */
  readonly ofPart: () => Report
}

/** Returns a report that writes into a list, with the places that a document tells. */
export function createReport(document: YamlDocument, findings: Finding[]): Report {
  let isRefused = false
  const add = (kind: FindingKind, spot: Spot, what: string, instead: string): void => {
    const { path, part, offset } = spot
    const place = offset === undefined ? document.at(path, part) : document.within(path, offset)
    findings.push({ kind, file: document.file, ...place, path: pathText(path), what, instead })
  }
  return {
    refuse: (spot, what, instead) => {
      isRefused = true
      add('refused', spot, what, instead)
      return undefined
    },
    leaveOut: (spot, what, instead) => add('left_out', spot, what, instead),
    assume: (spot, what, instead) => add('assumed', spot, what, instead),
    isRefused: () => isRefused,
    ofPart: () => createReport(document, findings),
  }
}
