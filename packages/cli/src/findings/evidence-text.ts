import { instantText } from '../terminal/instant.ts'

/** Figures and facts by name, as they came over the wire. */
export type WireEvidence = Readonly<Record<string, unknown>>

/** Returns evidence as a line: `err_rate_1m 31.25, actual {p95_ms 12}`. */
export function evidenceText(evidence: WireEvidence): string {
  return Object.entries(evidence)
    .map(([name, value]) => `${name} ${factText(name, value)}`)
    .join(', ')
}

/** Returns a figure or a fact as text; `?` where there is none. */
export function shownValue(value: unknown): string {
  if (value === undefined || value === null) return '?'
  if (typeof value !== 'object') return String(value)
  return Array.isArray(value) ? JSON.stringify(value) : `{${evidenceText({ ...value })}}`
}

/** An incident's evidence is as it was written: its instant is in epoch milliseconds. */
function factText(name: string, value: unknown): string {
  return name === 'as_of' && typeof value === 'number' ? instantText(value) : shownValue(value)
}
