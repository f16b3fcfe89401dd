import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** A name and what is known; null where nothing is. */
export type Fact = readonly [string, string | null]

/** Prints what is known of one thing, a line each, the names in a column of their own. */
export function printFacts({ line, paint }: Terminal, facts: readonly Fact[]): void {
  const known = facts.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]))
  const width = Math.max(...known.map(({ name }) => name.length))
  for (const { name, value } of known) {
    line(`${paint.faint(name.padEnd(width))}  ${printable(value)}`)
  }
}
