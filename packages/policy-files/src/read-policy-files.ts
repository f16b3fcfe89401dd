import { PolicyDocument } from '@portcullis/contracts'
import { type Document, LineCounter, parseAllDocuments } from 'yaml'

import { pathText, type PolicyFault } from './fault.ts'
import { complaintsOf } from './issues.ts'
import { locate, placeOf } from './locate.ts'
import type { WrittenDocument } from './written-document.ts'

/** The text of one file. */
export interface PolicyFile {
  readonly name: string
  readonly text: string
}

/** A document, and where it stands. */
export interface ReadDocument {
  readonly document: PolicyDocument
  /** The same as it was written: quantities are texts, and nothing is filled in. */
  readonly written: WrittenDocument
  readonly file: string
  /** Returns where a path of the document stands in its file. */
  readonly at: (path: readonly PropertyKey[]) => { readonly line: number; readonly column: number }
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

/** Files are written by people; one that is longer is something else. */
const FILE_CHARACTERS_MAX = 1_000_000

/** Documents of a file at most. */
const DOCUMENTS_MAX = 1_000

/** What an alias stands for counts each time: a file of a kilobyte must not become gigabytes. */
const ALIASES_MAX = 100

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

function readFile({ name: file, text }: PolicyFile): PolicyReading {
  const whole = (message: string): PolicyReading => ({
    documents: [],
    faults: [{ file, line: 1, column: 1, path: '', message }],
  })
  if (text.length > FILE_CHARACTERS_MAX) {
    return whole(`is longer than ${FILE_CHARACTERS_MAX} characters`)
  }
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  })
  if (!Array.isArray(parsed)) return whole('holds no document')
  if (parsed.length > DOCUMENTS_MAX) return whole(`holds more than ${DOCUMENTS_MAX} documents`)
  const read = parsed.map((document) => readDocument(document, { file, lines }))
  return {
    documents: read.flatMap((one) => one.documents),
    faults: read.flatMap((one) => one.faults),
  }
}

function readDocument(
  source: Document.Parsed,
  { file, lines }: { readonly file: string; readonly lines: LineCounter },
): PolicyReading {
  if (source.errors.length > 0) {
    const faults = source.errors.map(({ pos, message }) => ({
      file,
      ...placeOf(lines, pos[0]),
      path: '',
      message: `is no YAML: ${message}`,
    }))
    return { documents: [], faults }
  }
  const value = valueOf(source)
  if ('tooMuch' in value) {
    const place = placeOf(lines, source.range[0])
    return { documents: [], faults: [{ file, ...place, path: '', message: value.tooMuch }] }
  }
  // An empty document between two separators is no mistake.
  if (value.plain === null) return { documents: [], faults: [] }
  const { success, data, error } = PolicyDocument.safeParse(value.plain)
  if (success) {
    const at = (path: readonly PropertyKey[]) => locate(source, lines, { path, part: 'value' })
    return {
      documents: [{ document: data, written: value.plain as WrittenDocument, file, at }],
      faults: [],
    }
  }
  const faults = error.issues.flatMap(complaintsOf).map(({ path, part, message }) => ({
    file,
    ...locate(source, lines, { path, part }),
    path: pathText(path),
    message,
  }))
  return { documents: [], faults }
}

function valueOf(source: Document.Parsed): { plain: unknown } | { tooMuch: string } {
  try {
    return { plain: source.toJS({ maxAliasCount: ALIASES_MAX }) as unknown }
  } catch (error) {
    // The library throws a ReferenceError for an alias without anchor, and where they expand to too much.
    if (error instanceof ReferenceError)
      return { tooMuch: `has aliases that cannot be used: ${error.message}` }
    throw error
  }
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
