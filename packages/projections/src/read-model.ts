import type { ProjectId, RecordedEvent } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/**
 * A table that is folded from the event log, one row per key. Live appends, rebuilds and
 * verification all run the same object, so there is one implementation of every fold.
 */
export interface ReadModel<Row> {
  /** Name of the table, found through the connection's search path: a rebuild shadows it. */
  readonly table: string
  /** Columns of the primary key after `project_id`. */
  readonly key: readonly string[]
  /** Returns the rows that an event changes; none when it is not one of this model's events. */
  keysOf(event: RecordedEvent): readonly RowKey[]
  /** Whether the rows of an event are new with it, so that none needs to be looked for. */
  begins?(event: RecordedEvent): boolean
  /** Folds an event into one of its rows. Pure. */
  evolve(row: Row | undefined, event: RecordedEvent, key: RowKey): Row
  /** The row as its table's columns. Instants are ISO strings. */
  toRecord(row: Row): TableRecord
  fromRecord(record: TableRecord): Row
  /** Columns that the schema of the version before lacks. */
  readonly added?: AddedColumns<Row>
}

/** Columns that are named in statements only where a row has something for them: code runs on the schema before its own. */
export interface AddedColumns<Row> {
  readonly columns: readonly string[]
  isNeededBy(row: Row): boolean
}

/** Values of the key columns, in the order of `ReadModel.key`. */
export type RowKey = readonly string[]

/** Values by column name, as node-postgres reads them. */
export type TableRecord = Readonly<Record<string, unknown>>

/** Returns one text for a key, for use in maps. */
export function keyText(key: RowKey): string {
  return key.length === 1 ? key[0]! : JSON.stringify(key)
}

/** Loads the rows of the given keys; those that do not exist yet are absent from the map. */
export async function loadRows<Row>(
  db: Db,
  model: ReadModel<Row>,
  { project, keys }: { project: ProjectId; keys: readonly RowKey[] },
): Promise<Map<string, Row>> {
  if (keys.length === 0) return new Map()
  const columns = model.key.join(', ')
  const { rows } = await db.query<Record<string, unknown>>(
    `select stored.* from ${model.table} as stored
     join (select distinct ${columns} from json_populate_recordset(null::${model.table}, $2::json)) as wanted
     using (${columns}) where stored.project_id = $1`,
    [project, JSON.stringify(keys.map((key) => recordOfKey(model, key)))],
  )
  return new Map(
    rows.map((record) => [
      keyText(model.key.map((column) => String(record[column]))),
      model.fromRecord(record),
    ]),
  )
}

/** Inserts or replaces rows, whole. */
export async function saveRows<Row>(
  db: Db,
  model: ReadModel<Row>,
  { project, rows }: { project: ProjectId; rows: readonly Row[] },
): Promise<void> {
  if (rows.length === 0) return
  const records = rows.map((row) => ({ project_id: project, ...model.toRecord(row) }))
  const given = {
    columns: columnsFor(model, rows, records[0]!),
    source: `json_populate_recordset(null::${model.table}, $1::json)`,
  }
  await db.query(replacement(model, given), [JSON.stringify(records)])
}

/** Returns the columns that a statement names which writes rows; `record` is one of theirs. */
export function columnsFor<Row>(
  { added }: ReadModel<Row>,
  rows: readonly Row[],
  record: TableRecord,
): readonly string[] {
  const columns = Object.keys(record)
  if (added === undefined || rows.some(added.isNeededBy)) return columns
  return columns.filter((column) => !added.columns.includes(column))
}

/** Returns the statement that inserts rows of a source, or replaces those that are there. */
export function replacement<Row>(
  model: ReadModel<Row>,
  { columns, source }: { columns: readonly string[]; source: string },
): string {
  const list = columns.join(', ')
  const updates = columns
    .filter((column) => column !== 'project_id' && !model.key.includes(column))
    .map((column) => `${column} = excluded.${column}`)
  return `insert into ${model.table} (${list}) select ${list} from ${source}
     on conflict (project_id, ${model.key.join(', ')}) do update set ${updates.join(', ')}`
}

function recordOfKey<Row>(model: ReadModel<Row>, key: RowKey): Record<string, string> {
  return Object.fromEntries(model.key.map((column, index) => [column, key[index]!]))
}
