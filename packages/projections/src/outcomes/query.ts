import type { ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { serviceKeyOf } from '../traffic/windows.ts'
import { outcomeModel, type OutcomeRow } from './model.ts'

/** Returns the last recorded outcome of every service and environment, by `serviceKeyOf`. */
export async function readOutcomes(db: Db, project: ProjectId): Promise<Map<string, OutcomeRow>> {
  const { rows } = await db.query<Record<string, unknown>>(
    'select * from verdict_outcomes where project_id = $1',
    [project],
  )
  return new Map(
    rows.map((record) => {
      const row = outcomeModel.fromRecord(record)
      return [serviceKeyOf(row), row]
    }),
  )
}
