import type { EpochMs, WaiverId } from '@portcullis/contracts'
import { type ActiveWaiver, activeWaivers, type Waiver } from '@portcullis/domain'

import type { WaiverRow } from '../waivers/model.ts'

/** SQL for the waivers of project $1 that changed after position $2; those that ended long ago are left out. */
export const WAIVERS_CHANGED = `select json_agg(changed) from waivers as changed
  where changed.project_id = $1 and changed.position > $2
    and changed.ends_at > clock_timestamp() - interval '1 hour'`

/** The waivers that may let something through. */
export class LiveWaivers {
  readonly #waivers = new Map<WaiverId, Waiver>()

  note(changed: readonly WaiverRow[]): void {
    for (const { waiver } of changed) {
      if (waiver.status === 'revoked') this.#waivers.delete(waiver.waiverId)
      else this.#waivers.set(waiver.waiverId, waiver)
    }
  }

  at(asOf: EpochMs): ActiveWaiver[] {
    return this.#waivers.size === 0 ? [] : activeWaivers([...this.#waivers.values()], asOf)
  }
}
