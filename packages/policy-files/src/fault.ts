/** Something in a file that is not as it must be. */
export interface PolicyFault {
  readonly file: string
  /** Both begin with 1. */
  readonly line: number
  readonly column: number
  /** Where in the document, like `spec.rules[2].max`; empty where it is about all of it. */
  readonly path: string
  readonly message: string
}

/** Returns a path as people write it. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      return index === 0 ? String(step) : `.${String(step)}`
    })
    .join('')
}
