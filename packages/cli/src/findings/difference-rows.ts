import type { Difference } from '@portcullis/projections'

/** Longer values are shown around the place where they begin to differ. */
const VALUE_LENGTH_MAX = 32
const LENGTH_BEFORE = 8

/** Returns table, key, column, stored and rebuilt value of each differing column, as short texts. */
export function differenceRows(differences: readonly Difference[]): string[][] {
  return differences.flatMap(({ table, key, columns }) =>
    columns.map(({ column, stored, rebuilt }) => {
      const [left, right] = shortened(textOf(stored), textOf(rebuilt))
      return [table, Object.values(key).map(textOf).join(' '), column, left, right]
    }),
  )
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '-'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function shortened(left: string, right: string): [string, string] {
  if (Math.max(left.length, right.length) <= VALUE_LENGTH_MAX) return [left, right]
  let same = 0
  while (same < left.length && left[same] === right[same]) same += 1
  const start = Math.max(0, same - LENGTH_BEFORE)
  return [excerpt(left, start), excerpt(right, start)]
}

function excerpt(text: string, start: number): string {
  const part = text.slice(start, start + VALUE_LENGTH_MAX)
  const [before, after] = [start > 0 ? '…' : '', start + part.length < text.length ? '…' : '']
  return before + part + after
}
