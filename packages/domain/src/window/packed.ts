import {
  BUCKET_MS,
  type EpochMs,
  MINUTE_MS,
  type RouteName,
  type VersionName,
} from '@portcullis/contracts'

import { type ByteFault, ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { addPackedCell, type BadTest, countPackedCell, readCell, writeCell } from './cell-codec.ts'
import { CellSum } from './cell-sum.ts'
import type { BatchCells, BucketCells, CellTable, HourCells } from './cell-table.ts'
import type { OpenCell } from './cell.ts'
import { routeOf, versionOf } from './names.ts'

// A packed table: its tag, the number of groups; for each its key, the number of cells; for each its
// name and the cell. Keys and names ascend, by UTF-16 units, and nothing is empty. So the same
// observations have one spelling, whatever their order, and only that spelling is read.

/** Why packed cells are refused. */
export type PackedFault = ByteFault | 'unknown_tag' | 'not_ascending' | 'impossible_name_or_cell'

export type Unpacked<Table> = { readonly cells: Table } | { readonly rejected: PackedFault }

/** The first byte names what is packed and how; a new form gets a new one. */
const TAGS = { batch: 0x11, bucket: 0x12, hour: 0x13 } as const

interface Form<Group, Name> {
  readonly tag: number
  writeGroup(writer: ByteWriter, group: Group): void
  readGroup(reader: ByteReader): Group | null
  nameOf(text: string): Name | null
}

const batchForm: Form<EpochMs, RouteName> = {
  tag: TAGS.batch,
  ...startsOf(BUCKET_MS),
  nameOf: routeOf,
}
const bucketForm: Form<VersionName, RouteName> = {
  tag: TAGS.bucket,
  writeGroup: (writer, version) => writer.text(version),
  readGroup: (reader) => versionOf(reader.text()),
  nameOf: routeOf,
}
const hourForm: Form<EpochMs, VersionName> = {
  tag: TAGS.hour,
  ...startsOf(MINUTE_MS),
  nameOf: versionOf,
}

/** Returns the cells of a batch as they travel and are kept in `metric_batches`. */
export function packBatch(cells: BatchCells): Uint8Array {
  return pack(batchForm, cells)
}

/** Returns the cells of a batch, or why the bytes are none; its work is bounded by their number. */
export function unpackBatch(bytes: Uint8Array): Unpacked<BatchCells> {
  return unpack(batchForm, bytes)
}

/** Bytes of a packed batch in which the start of its oldest bucket lies: three varints at most. */
export const BATCH_HEAD_BYTES = 24

/**
 * Returns the start of the oldest bucket of a batch, from the first `BATCH_HEAD_BYTES` of its packed cells, which have been
 * unpacked before.
 */
export function oldestBucketOf(head: Uint8Array): EpochMs {
  const reader = new ByteReader(head)
  reader.varint()
  reader.varint()
  return (reader.varint() * BUCKET_MS) as EpochMs
}

/** Returns the cells of a bucket as they are kept in `route_buckets`. */
export function packBucket(cells: BucketCells): Uint8Array {
  return pack(bucketForm, cells)
}

/** Returns the cells of a bucket, or why the bytes are none. */
export function unpackBucket(bytes: Uint8Array): Unpacked<BucketCells> {
  return unpack(bucketForm, bytes)
}

/**
 * Adds the cells of a packed bucket to those sums that `sumOf` names; the others are passed over.
 * The bytes were packed here, or have been unpacked before.
 */
export function addPackedBucket(
  bytes: Uint8Array,
  sumOf: (version: VersionName, route: RouteName) => CellSum | null,
): void {
  const reader = new ByteReader(bytes)
  reader.varint()
  for (let groups = reader.size(); groups > 0; groups -= 1) {
    const version = reader.text() as VersionName
    for (let left = reader.size(); left > 0; left -= 1) {
      addPackedCell(reader, sumOf(version, reader.text() as RouteName) ?? new CellSum())
    }
  }
}

/** Returns the cells of a route's hour as they are kept in `metric_minutes`. */
export function packHour(cells: HourCells): Uint8Array {
  return pack(hourForm, cells)
}

/** Returns the cells of a route's hour, or why the bytes are none. */
export function unpackHour(bytes: Uint8Array): Unpacked<HourCells> {
  return unpack(hourForm, bytes)
}

/**
 * Hands the counts of each minute of a packed hour to `take`, of all versions together. The bytes were packed here, or
 * have been unpacked before.
 */
export function countPackedHour(
  bytes: Uint8Array,
  test: BadTest,
  take: (minute: EpochMs, counts: { readonly bad: number; readonly total: number }) => void,
): void {
  const reader = new ByteReader(bytes)
  reader.varint()
  for (let groups = reader.size(); groups > 0; groups -= 1) {
    const minute = (reader.varint() * MINUTE_MS) as EpochMs
    for (let left = reader.size(); left > 0; left -= 1) {
      reader.text()
      take(minute, countPackedCell(reader, test))
    }
  }
}

function pack<Group extends string | number, Name extends string>(
  form: Form<Group, Name>,
  table: CellTable<Group, Name>,
): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(form.tag)
  const groups = [...table].filter(([, cells]) => cells.size > 0).sort(byKey)
  writer.varint(groups.length)
  for (const [group, cells] of groups) {
    writer.reserveVarints(2)
    form.writeGroup(writer, group)
    writer.reserveVarints(1)
    writer.varint(cells.size)
    for (const [name, cell] of [...cells].sort(byKey)) {
      writer.text(name)
      writeCell(writer, cell)
    }
  }
  return writer.finish()
}

function unpack<Group extends string | number, Name extends string>(
  form: Form<Group, Name>,
  bytes: Uint8Array,
): Unpacked<CellTable<Group, Name>> {
  const reader = new ByteReader(bytes)
  if (reader.varint() !== form.tag) return { rejected: 'unknown_tag' }
  const table: CellTable<Group, Name> = new Map()
  let before: Group | null = null
  for (let left = reader.size(); left > 0; left -= 1) {
    const group = form.readGroup(reader)
    if (group === null) return { rejected: reader.fault ?? 'impossible_name_or_cell' }
    if (before !== null && group <= before) return { rejected: reader.fault ?? 'not_ascending' }
    const cells = unpackCells(form, reader)
    if (typeof cells === 'string') return { rejected: cells }
    table.set(group, cells)
    before = group
  }
  reader.end()
  return reader.fault === null ? { cells: table } : { rejected: reader.fault }
}

function unpackCells<Group, Name extends string>(
  form: Form<Group, Name>,
  reader: ByteReader,
): Map<Name, OpenCell> | PackedFault {
  const cells = new Map<Name, OpenCell>()
  const size = reader.size()
  let before: Name | null = null
  for (let left = size; left > 0; left -= 1) {
    const name = form.nameOf(reader.text())
    const cell = readCell(reader)
    if (name === null || cell === null) return reader.fault ?? 'impossible_name_or_cell'
    if (before !== null && name <= before) return 'not_ascending'
    cells.set(name, cell)
    before = name
  }
  return size > 0 ? cells : (reader.fault ?? 'impossible_name_or_cell')
}

/** Instants that are multiples of `spanMs`, kept as how many spans they are after 1970. */
function startsOf(spanMs: number): Pick<Form<EpochMs, string>, 'writeGroup' | 'readGroup'> {
  return {
    writeGroup: (writer, start) => writer.varint(start / spanMs),
    readGroup: (reader) => {
      const start = reader.varint() * spanMs
      return Number.isSafeInteger(start) ? (start as EpochMs) : null
    },
  }
}

function byKey<Key extends string | number>([a]: [Key, unknown], [b]: [Key, unknown]): number {
  return a < b ? -1 : 1
}
