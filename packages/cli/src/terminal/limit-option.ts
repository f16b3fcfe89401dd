import type { Terminal } from './terminal.ts'

/** How much of a list is shown. */
export const LIMIT_OPTION = {
  type: 'string',
  value: 'COUNT',
  description: 'at most so many, up to 500; 50 by default',
} as const

/** Says of a list that it goes on, where it has a cursor. */
export function noteRest(
  { note }: Terminal,
  cursor: string | null,
  what: 'There are more' | 'There is more' = 'There are more',
): void {
  if (cursor !== null) note(`${what}: --limit shows up to 500.`)
}
