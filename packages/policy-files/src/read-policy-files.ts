import { PolicyDocument } from '@portcullis/contracts'

import { pathText, type PolicyFault } from './fault.ts'
import { complaintsOf } from './issues.ts'
import type { Place } from './locate.ts'
import { type PolicyFile, readYaml, type YamlDocument } from './read-yaml.ts'
import type { WrittenDocument } from './written-document.ts'

/** A document, and where it stands. */
export interface ReadDocument {
  readonly document: PolicyDocument
  /** The same as it was written: quantities are texts, and nothing is filled in. */
  readonly written: WrittenDocument
  readonly file: string
  /** Returns where a path of the document stands in its file. */
  readonly at: (path: readonly PropertyKey[]) => Place
}

/** Returns the documents of a kind, in the order in which they were read. */
export function documentsOf<Kind extends PolicyDocument['kind']>(
  { documents }: Pick<PolicyReading, 'documents'>,
  kind: Kind,
): Extract<PolicyDocument, { kind: Kind }>[] {
  return documents
    .map(({ document }) => document)
    .filter((one): one is Extract<PolicyDocument, { kind: Kind }> => one.kind === kind)
}

/** What was read. Where there are faults, documents without any are still there. */
export interface PolicyReading {
  readonly documents: readonly ReadDocument[]
  readonly faults: readonly PolicyFault[]
}

/**
 * Reads policy files. Nothing is thrown: what is wrong is told, all of it at once, with the line and column. Names
 * must be used once per kind, over all files.
 */
export function readPolicyFiles(files: readonly PolicyFile[]): PolicyReading {
  const documents: ReadDocument[] = []
  const faults: PolicyFault[] = []
  for (const file of files) {
    const read = readFile(file)
    documents.push(...read.documents)
    faults.push(...read.faults)
  }
  return { documents, faults: [...faults, ...repeatedNames(documents)] }
}

function readFile(file: PolicyFile): PolicyReading {
  const { documents, faults } = readYaml(file)
  const read = documents.map(readDocument)
  return {
    documents: read.flatMap((one) => one.documents),
    faults: [...faults, ...read.flatMap((one) => one.faults)],
  }
}

function readDocument({ plain, file, at }: YamlDocument): PolicyReading {
  const { success, data, error } = PolicyDocument.safeParse(plain)
  if (success) {
    const written = plain as WrittenDocument
    return { documents: [{ document: data, written, file, at }], faults: [] }
  }
  const faults = error.issues.flatMap(complaintsOf).map(({ path, part, message }) => ({
    file,
    ...at(path, part),
    path: pathText(path),
    message,
  }))
  return { documents: [], faults }
}

/** Returns a fault for each document whose kind and name another one has. */
function repeatedNames(documents: readonly ReadDocument[]): PolicyFault[] {
  const seen = new Map<string, ReadDocument>()
  return documents.flatMap((one) => {
    const { kind, metadata } = one.document
    const key = `${kind} ${metadata.name}`
    const first = seen.get(key)
    if (first === undefined) {
      seen.set(key, one)
      return []
    }
    const path = ['metadata', 'name']
    const { line } = first.at(path)
    const message = `is the name of another ${kind}, at ${first.file}:${line}`
    return [{ file: one.file, ...one.at(path), path: pathText(path), message }]
  })
}
