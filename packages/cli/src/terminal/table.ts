import { stripVTControlCharacters } from 'node:util'

import type { Paint } from './paint.ts'
import { printable } from './printable.ts'

/** A cell: text, or a text with how it is coloured. */
export type Cell = string | { readonly text: string; readonly style: (text: string) => string }

export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  /** Columns of figures, by their heads: aligned to the right. */
  readonly figures?: readonly string[]
}

interface Look {
  readonly paint: Paint
  /** The last column is cut where a line gets longer than this; undefined leaves all whole. */
  readonly width: number | undefined
}

const GAP = '  '

/** A last column is not cut below this. */
const LAST_LENGTH_MIN = 12

/** Returns the lines of a table: columns as wide as their widest cell, two spaces apart. */
export function formatTable(table: Table, look: Look): string[] {
  const texts = [table.head, ...table.rows.map((row) => row.map(textOf))]
  const widths = table.head.map((_, column) =>
    Math.max(...texts.map((row) => lengthOf(row[column] ?? ''))),
  )
  const isFigure = table.head.map((name) => table.figures?.includes(name) ?? false)
  const room = roomOfLast(widths, look.width)
  const lineOf = (cells: readonly Cell[]): string => {
    const parts = cells.map((cell, column) => {
      const isLast = column === cells.length - 1
      const text = isLast ? shortened(textOf(cell), room) : textOf(cell)
      const pad = ' '.repeat(Math.max(0, widths[column]! - lengthOf(text)))
      const styled = typeof cell === 'string' ? text : cell.style(text)
      if (isFigure[column]) return pad + styled
      return isLast ? styled : styled + pad
    })
    return parts.join(GAP)
  }
  const head = table.head.map((text) => ({ text, style: look.paint.faint }))
  return [head, ...table.rows].map(lineOf)
}

/** What the other columns leave of a line; a terminal too narrow for them folds lines by itself. */
function roomOfLast(widths: readonly number[], width: number | undefined): number {
  if (width === undefined) return Infinity
  const others = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, 0)
  return width - others < LAST_LENGTH_MIN ? Infinity : width - others
}

function textOf(cell: Cell): string {
  return printable(typeof cell === 'string' ? cell : cell.text)
}

function lengthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length
}

function shortened(text: string, lengthMax: number): string {
  return lengthOf(text) <= lengthMax ? text : `${[...text].slice(0, lengthMax - 1).join('')}…`
}
