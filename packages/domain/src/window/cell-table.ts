import type { EpochMs, RouteName, VersionName } from '@portcullis/contracts'

import { addCell, type Cell, copyOfCell, type OpenCell } from './cell.ts'

/** Cells under two keys. A table has one owner, who fills it; others read it. */
export type CellTable<Group, Name> = Map<Group, Map<Name, OpenCell>>

/** A batch of one service, environment and version: the cells of each bucket, by its start. */
export type BatchCells = CellTable<EpochMs, RouteName>

/** A bucket of one service and environment: the cells of each version. */
export type BucketCells = CellTable<VersionName, RouteName>

/** An hour of one route: the cells of each minute, by its start. */
export type HourCells = CellTable<EpochMs, VersionName>

/** Returns the cells of a group; an empty group is put there first where there is none. */
export function groupAt<Group, Name>(
  table: CellTable<Group, Name>,
  group: Group,
): Map<Name, OpenCell> {
  const found = table.get(group)
  if (found !== undefined) return found
  const cells = new Map<Name, OpenCell>()
  table.set(group, cells)
  return cells
}

/** Adds a cell to the one of that name; the table then shares nothing with `cell`. */
export function addCellAt<Name>(cells: Map<Name, OpenCell>, name: Name, cell: Cell): void {
  const found = cells.get(name)
  if (found === undefined) cells.set(name, copyOfCell(cell))
  else addCell(found, cell)
}

/** Adds all cells of `from` to those of the same name; `from` stays as it is. */
export function addCells<Name>(into: Map<Name, OpenCell>, from: ReadonlyMap<Name, Cell>): void {
  for (const [name, cell] of from) addCellAt(into, name, cell)
}

/** The same where nobody else needs `from` any more: the cells of new names are those of `from`, without a copy. */
export function adoptCells<Name>(
  into: Map<Name, OpenCell>,
  from: ReadonlyMap<Name, OpenCell>,
): void {
  for (const [name, cell] of from) {
    const found = into.get(name)
    if (found === undefined) into.set(name, cell)
    else addCell(found, cell)
  }
}
