import type { EventData, LogPosition } from '@portcullis/contracts'

import type { ReadModel } from '../read-model.ts'
import { countOf, instantOf, isoOf, valueOf } from '../record.ts'

/** Batches that were accepted and never arrived; windows over that time are incomplete. */
export type LossRow = EventData<'metrics.lost'> & { readonly position: LogPosition }

/** `lost_batches`: one row a loss. */
export const lossModel: ReadModel<LossRow> = {
  table: 'lost_batches',
  key: ['run_id', 'shard', 'from_number'],
  keysOf: (event) => {
    if (event.type !== 'metrics.lost') return []
    const { run, shard, fromNumber } = event.data
    return [[run, String(shard), String(fromNumber)]]
  },
  evolve: (_, event) => ({
    ...(event.data as EventData<'metrics.lost'>),
    position: event.position,
  }),
  toRecord: (row) => ({
    run_id: row.run,
    shard: row.shard,
    from_number: row.fromNumber,
    to_number: row.toNumber,
    lost_since: isoOf(row.since),
    lost_until: isoOf(row.until),
    position: row.position,
  }),
  fromRecord: (record) => ({
    run: valueOf(record, 'run_id'),
    shard: valueOf(record, 'shard'),
    fromNumber: countOf(record, 'from_number'),
    toNumber: countOf(record, 'to_number'),
    since: instantOf(record, 'lost_since'),
    until: instantOf(record, 'lost_until'),
    position: countOf(record, 'position') as LogPosition,
  }),
}
