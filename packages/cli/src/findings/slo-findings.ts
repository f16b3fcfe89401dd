import type { Finding } from '@portcullis/slo-formats'

import type { Terminal } from '../terminal/terminal.ts'

/** Prints findings to standard error, a line each, in the form that editors follow. */
export function noteFindings({ note }: Terminal, findings: readonly Finding[]): void {
  for (const { file, line, column, kind, path, what, instead } of findings) {
    const about = path === '' ? '' : `${path} `
    note(`${file}:${line}:${column} ${kind.replace('_', ' ')}: ${about}${what}; to do: ${instead}`)
  }
}
