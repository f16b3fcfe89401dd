import { AppliedDocument, POLICIES_MAX, type StoredCommand } from '@portcullis/contracts'
import { readPolicyFiles, versionOf, type WrittenDocument } from '@portcullis/policy-files'
import { z } from 'zod'

import { YamlText } from '../../plugins/bodies.ts'
import { fieldErrorsOf } from '../../problem/field-errors.ts'
import { type FieldError, problem } from '../../problem/problem.ts'

type ApplyPolicies = Extract<StoredCommand, { type: 'apply_policies' }>

/** What is to be put in force. */
export type GivenDocuments = ApplyPolicies['documents']

/** All policies that may be in force, as most teams write them, are a tenth of it. */
export const DOCUMENTS_BYTES_MAX = 2 * 1_024 * 1_024

/** The documents in a JSON body; each is checked apart, so that its own place is told. */
export const DocumentsBody = z.strictObject({
  documents: z
    .array(z.record(z.string(), z.json()))
    .min(1)
    .max(POLICIES_MAX)
    .describe('As in policy files: docs/policy.schema.json is the schema of each'),
})

const FAULTS_MAX = 100

/** Returns the documents of a body. Throws INVALID_BODY with every place at which one is wrong. */
export function documentsIn(body: unknown): GivenDocuments {
  return body instanceof YamlText ? documentsInYaml(body.text) : documentsInJson(body)
}

function documentsInJson(body: unknown): GivenDocuments {
  const parsed = DocumentsBody.safeParse(body ?? {})
  if (!parsed.success) {
    throw problem('INVALID_BODY', { errors: fieldErrorsOf(parsed.error.issues, 'body') })
  }
  const { documents } = parsed.data
  const errors = documents.flatMap((document, index) => {
    const { error } = AppliedDocument.safeParse(document)
    const issues = error?.issues ?? []
    const placed = issues.map((issue) => ({ ...issue, path: ['documents', index, ...issue.path] }))
    return fieldErrorsOf(placed, 'body')
  })
  return given(documents, [...errors, ...repeated(documents)])
}

/** Two of one name cannot both be in force. In YAML the reader of files says so. */
function repeated(documents: readonly WrittenDocument[]): FieldError[] {
  const seen = new Set<string>()
  return documents.flatMap(({ kind, metadata }, index) => {
    const name = (metadata as { name?: unknown } | undefined)?.name
    const key = JSON.stringify([kind, name])
    if (!seen.has(key)) {
      seen.add(key)
      return []
    }
    const field = `/documents/${index}/metadata/name`
    return [{ field, message: `is the name of another ${String(kind)}`, fix: 'Leave one out.' }]
  })
}

function documentsInYaml(text: string): GivenDocuments {
  const { documents, faults } = readPolicyFiles([{ name: 'body', text }])
  const errors = faults.map(({ path, line, column, message }) => ({
    field: path,
    message: `${message} (line ${line}, column ${column})`,
    fix: 'Mend it there; `portcullis policy lint` says the same of files.',
  }))
  const tests = documents.filter(({ document }) => document.kind === 'PolicyTest')
  const notApplied = tests.map(({ document, at }) => ({
    field: 'kind',
    message: `PolicyTest ${document.metadata.name} cannot be put in force (line ${at(['kind']).line})`,
    fix: 'Leave it out; `portcullis policy test` runs it.',
  }))
  if (documents.length === 0 && errors.length === 0) {
    throw problem('INVALID_BODY', { detail: 'there is no document in it' })
  }
  return given(
    documents.map(({ written }) => written),
    [...errors, ...notApplied],
  )
}

function given(
  documents: readonly WrittenDocument[],
  errors: readonly FieldError[],
): GivenDocuments {
  if (errors.length > 0) throw problem('INVALID_BODY', { errors: errors.slice(0, FAULTS_MAX) })
  return documents.map((document) => ({
    version: versionOf(document),
    // It came as JSON, or as YAML that the schema accepts, which has no other values.
    document: document as GivenDocuments[number]['document'],
  }))
}
