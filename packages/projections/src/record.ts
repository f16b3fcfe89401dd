import type { EpochMs } from '@portcullis/contracts'

import type { TableRecord } from './read-model.ts'

// Between the columns of a table and the types of the domain. The columns were written by the
// folds of this package, so they are trusted, not parsed again.

/** Returns an instant as a column value. */
export function isoOf(instant: EpochMs): string {
  return new Date(instant).toISOString()
}

/** Returns an instant, or null, as a column value. */
export function isoOrNull(instant: EpochMs | null): string | null {
  return instant === null ? null : isoOf(instant)
}

/** Returns a list as the value of a JSON column; a bare array is that of a column of arrays. */
export function jsonListOf(items: readonly unknown[]): object {
  return { toJSON: () => items }
}

/** Reads a timestamptz column; in a row that was read as JSON it is text. */
export function instantOf(record: TableRecord, column: string): EpochMs {
  const value = record[column] as Date | string
  return (typeof value === 'string' ? Date.parse(value) : value.getTime()) as EpochMs
}

/** Reads a timestamptz column that may be null. */
export function instantOrNull(record: TableRecord, column: string): EpochMs | null {
  return record[column] === null ? null : instantOf(record, column)
}

/** Reads a bigint column; node-postgres gives it as text. Positions stay far below 2^53. */
export function countOf(record: TableRecord, column: string): number {
  return Number(record[column])
}

/** Reads a column as the type that its fold wrote. */
export function valueOf<Value>(record: TableRecord, column: string): Value {
  return record[column] as Value
}
