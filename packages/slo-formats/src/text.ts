import { stringify } from 'yaml'

/** Returns documents as one YAML text, with `---` between them. Queries stay on one line, however long. */
export function yamlText(documents: readonly unknown[]): string {
  return documents
    .map((one) => stringify(one, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n')
}

/** Returns a number without what binary fractions add to it: 13.44, not 13.440000000000001. */
export function decimal(value: number): number {
  return Number(value.toPrecision(12))
}
