import { hash } from 'node:crypto'

import type { PolicyVersion } from '@portcullis/contracts'
import canonicalize from 'canonicalize'
import { stringify } from 'yaml'

/** A document as somebody wrote it: JSON that the schema of policy files accepts. */
export type WrittenDocument = Readonly<Record<string, unknown>>

/**
 * Returns the version of a document: SHA-256 of its canonical JSON (RFC 8785). The order of members, comments and layout
 * are no part of what it says.
 */
export function versionOf(written: WrittenDocument): PolicyVersion {
  return hash('sha256', canonicalize(written)!, 'hex') as PolicyVersion
}

/** Returns a document as a file. */
export function yamlOf(written: WrittenDocument): string {
  return stringify(written, { lineWidth: 0 })
}
