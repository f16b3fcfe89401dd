import type { LogPosition, ProjectId, StreamId } from '@portcullis/contracts'
import { type Db, readStreamsUpTo } from '@portcullis/event-log'

import { keyText, type ReadModel } from '../read-model.ts'

/** A read model of which each row is folded from one stream. */
export interface StreamedModel<Row> {
  readonly model: ReadModel<Row>
  readonly streamOf: (row: Row) => StreamId
}

/** Which rows are wanted. */
export interface RowsAsked {
  readonly position: LogPosition
  /** SQL condition on rows that did not change since; an optimisation, and so it may let through too many. */
  readonly where?: string
  /** Only rows that have one of these values in these columns of the key. */
  readonly only?: Readonly<Record<string, readonly string[]>>
}

/**
 * Returns the rows of a read model as they were at a position of the log: those that did not change since as they are, the
 * others folded again from their streams.
 */
export async function rowsAt<Row>(
  tx: Db,
  project: ProjectId,
  { model, streamOf }: StreamedModel<Row>,
  { position, where = 'true', only = {} }: RowsAsked,
): Promise<Row[]> {
  const { rows: records } = await tx.query<Record<string, unknown>>(
    `select *, position > $2 as has_changed from ${model.table}
     where project_id = $1 and (position > $2 or (${where}))
       ${Object.keys(only)
         .map((column, nth) => `and ${column} = any($${nth + 3})`)
         .join(' ')}`,
    [project, position, ...Object.values(only)],
  )
  const [changed, unchanged] = [true, false].map((has) =>
    records
      .filter((record) => record['has_changed'] === has)
      .map((record) => ({ key: keyOf(model, record), row: model.fromRecord(record) })),
  )
  const keys = new Set(changed!.map(({ key }) => key))
  const streams = [...new Set(changed!.map(({ row }) => streamOf(row)))]
  const folded = new Map<string, Row>()
  for await (const event of readStreamsUpTo(tx, project, { streams, through: position })) {
    for (const key of model.keysOf(event)) {
      const text = keyText(key)
      if (keys.has(text)) folded.set(text, model.evolve(folded.get(text), event, key))
    }
  }
  return [...unchanged!.map(({ row }) => row), ...folded.values()]
}

function keyOf<Row>({ key }: ReadModel<Row>, record: Record<string, unknown>): string {
  return keyText(key.map((column) => String(record[column])))
}
