import type { YamlDocument } from '@portcullis/policy-files'

/** What documents of OpenSLO refer to, by name, in all of the files together. */
export interface OpenSloDocuments {
  readonly find: (kind: ReferredKind, name: string) => YamlDocument | undefined
  /** Returns the documents that nothing referred to. */
  readonly unused: () => YamlDocument[]
}

type ReferredKind = 'SLI' | 'DataSource'

/** Returns the documents that others may name; of two with the same name the first one counts. */
export function openSloDocuments(documents: readonly YamlDocument[]): OpenSloDocuments {
  const unused = new Set(documents)
  return {
    find: (kind, name) => {
      const found = documents.find(({ plain }) => isNamed(plain, kind, name))
      if (found !== undefined) unused.delete(found)
      return found
    },
    unused: () => [...unused],
  }
}

function isNamed(plain: unknown, kind: ReferredKind, name: string): boolean {
  const { kind: itsKind, metadata } = plain as {
    readonly kind?: unknown
    readonly metadata?: unknown
  }
  if (itsKind !== kind || typeof metadata !== 'object' || metadata === null) return false
  return 'name' in metadata && metadata.name === name
}
