import { type Document, LineCounter, parseAllDocuments } from 'yaml'

import type { PolicyFault } from './fault.ts'
import { locate, type Part, type Place, placeOf, placeWithin } from './locate.ts'

/** The text of one file. */
export interface PolicyFile {
  readonly name: string
  readonly text: string
}

/** A document of a file as plain values, and where its parts stand. */
export interface YamlDocument {
  readonly plain: unknown
  readonly file: string
  /** Returns where a path of the document stands in its file, or, where there is nothing, what is nearest. */
  readonly at: (path: readonly PropertyKey[], part?: Part) => Place
  /** Returns where a character of a text stands that a path leads to, or the text where that cannot be told. */
  readonly within: (path: readonly PropertyKey[], offset: number) => Place
}

/** What was read of a file as YAML. Documents without faults are there in any case. */
export interface YamlReading {
  readonly documents: readonly YamlDocument[]
  readonly faults: readonly PolicyFault[]
}

/** Files are written by people; one that is longer is something else. */
const FILE_CHARACTERS_MAX = 1_000_000

/** Documents of a file at most. */
const DOCUMENTS_MAX = 1_000

/** What an alias stands for counts each time: a file of a kilobyte must not become gigabytes. */
const ALIASES_MAX = 100

/** Reads a file as YAML. Nothing is thrown, and empty documents between two separators are no mistake. */
export function readYaml({ name: file, text }: PolicyFile): YamlReading {
  const whole = (message: string): YamlReading => ({
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
  const read = parsed.map((document) => readDocument(document, { file, text, lines }))
  return {
    documents: read.flatMap((one) => one.documents),
    faults: read.flatMap((one) => one.faults),
  }
}

function readDocument(
  source: Document.Parsed,
  { file, text, lines }: { readonly file: string; readonly text: string; lines: LineCounter },
): YamlReading {
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
  const { plain } = value
  if (plain === null) return { documents: [], faults: [] }
  const at: YamlDocument['at'] = (path, part = 'value') => locate(source, lines, { path, part })
  const within: YamlDocument['within'] = (path, offset) =>
    placeWithin(source, lines, { path, text, offset })
  return { documents: [{ plain, file, at, within }], faults: [] }
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
