import type { Terminal } from '../terminal/terminal.ts'

/** Something of a file of objectives that is told beside the answer. */
export interface SloFinding {
  readonly kind: 'refused' | 'left_out' | 'assumed'
  readonly file: string
  readonly line: number
  readonly column: number
  readonly path: string
  readonly what: string
  readonly instead: string
}

/** Prints findings to standard error, a line each, in the form that editors follow. */
export function noteFindings({ note }: Terminal, findings: readonly SloFinding[]): void {
  for (const { file, line, column, kind, path, what, instead } of findings) {
    const about = path === '' ? '' : `${path} `
    note(`${file}:${line}:${column} ${kind.replace('_', ' ')}: ${about}${what}; to do: ${instead}`)
  }
}
