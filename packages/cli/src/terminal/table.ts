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
  /** The last column goes on below itself, from a comma on, where it would be cut: every word of it counts. */
  readonly folds?: boolean
}

interface Look {
  readonly paint: Paint
  /** The last column is cut or folded where a line gets longer than this; undefined leaves all whole. */
  readonly width: number | undefined
}

const GAP = '  '

/** A last column is not cut or folded below this. */
const LAST_LENGTH_MIN = 12

/** Returns the lines of a table: columns as wide as their widest cell, two spaces apart. */
export function formatTable(table: Table, look: Look): string[] {
  const texts = [table.head, ...table.rows.map((row) => row.map(textOf))]
  const widths = table.head.map((_, column) =>
    Math.max(...texts.map((row) => lengthOf(row[column] ?? ''))),
  )
  const isFigure = table.head.map((name) => table.figures?.includes(name) ?? false)
  const indent = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, 0)
  const room = roomOfLast(indent, look.width)
  const linesOf = (cells: readonly Cell[]): string[] => {
    const last = textOf(cells.at(-1)!)
    const [first, ...more] = table.folds ? folded(last, room) : [shortened(last, room)]
    const parts = cells.map((cell, column) => {
      const isLast = column === cells.length - 1
      const text = isLast ? first! : textOf(cell)
      const pad = ' '.repeat(Math.max(0, widths[column]! - lengthOf(text)))
      if (isFigure[column]) return pad + styled(cell, text)
      return isLast ? styled(cell, text) : styled(cell, text) + pad
    })
    return [
      parts.join(GAP),
      ...more.map((text) => ' '.repeat(indent) + styled(cells.at(-1)!, text)),
    ]
  }
  const head = table.head.map((text) => ({ text, style: look.paint.faint }))
  return [head, ...table.rows].flatMap(linesOf)
}

/** What the other columns leave of a line; a terminal too narrow for them folds lines by itself. */
function roomOfLast(others: number, width: number | undefined): number {
  if (width === undefined) return Infinity
  return width - others < LAST_LENGTH_MIN ? Infinity : width - others
}

function styled(cell: Cell, text: string): string {
  return typeof cell === 'string' ? text : cell.style(text)
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

/** Returns a text in lines; what has no comma in it stays whole, however long it is. */
function folded(text: string, lengthMax: number): string[] {
  const [first = '', ...parts] = text.split(/(?<=,) /u)
  const lines = [first]
  for (const part of parts) {
    const longer = `${lines.at(-1)} ${part}`
    if (lengthOf(longer) <= lengthMax) lines[lines.length - 1] = longer
    else lines.push(part)
  }
  return lines
}
