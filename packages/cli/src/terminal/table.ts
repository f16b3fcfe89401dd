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
  /** Lines longer than this are cut at the end; undefined leaves them whole. */
  readonly width: number | undefined
}

const GAP = '  '

/** Returns the lines of a table: columns as wide as their widest cell, two spaces apart. */
export function formatTable(table: Table, look: Look): string[] {
  const texts = [table.head, ...table.rows.map((row) => row.map(textOf))]
  const widths = table.head.map((_, column) =>
    Math.max(...texts.map((row) => lengthOf(row[column] ?? ''))),
  )
  const isFigure = table.head.map((name) => table.figures?.includes(name) ?? false)
  const lineOf = (cells: readonly Cell[]): string => {
    let room = look.width ?? Infinity
    const parts = cells.map((cell, column) => {
      const text = shortened(textOf(cell), Math.max(room, 1))
      room -= widths[column]! + GAP.length
      const pad = ' '.repeat(Math.max(0, widths[column]! - lengthOf(text)))
      const styled = typeof cell === 'string' ? text : cell.style(text)
      if (isFigure[column]) return pad + styled
      return column === cells.length - 1 ? styled : styled + pad
    })
    return parts.join(GAP)
  }
  const head = table.head.map((text) => ({ text, style: look.paint.faint }))
  return [head, ...table.rows].map(lineOf)
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
