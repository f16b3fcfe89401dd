import type { EpochMs, PolicyName, PolicyVersion, RecordedPolicy } from '@portcullis/contracts'

import { serviceKeyOf, type ServiceScope } from '../traffic/windows.ts'

/** What was recorded of a service's policies. */
export interface ChangedOutcome extends ServiceScope {
  readonly policies: readonly RecordedPolicy[]
}

/** SQL for the outcomes of project $1 that were recorded after position $2: one JSON value, null where none was. */
export const OUTCOMES_CHANGED = `select json_agg(json_build_object('service', service,
    'environment', environment, 'policies', policies))
  from verdict_outcomes where project_id = $1 and position > $2`

/** Since when the rules of policies have passed, as the log has it. */
export class LiveOutcomes {
  readonly #services = new Map<string, readonly RecordedPolicy[]>()

  note(changed: readonly ChangedOutcome[]): void {
    for (const { policies, ...scope } of changed) this.#services.set(serviceKeyOf(scope), policies)
  }

  /** Returns since when all other rules of a policy have passed for a service; null where one does not. */
  passingSince(
    scope: ServiceScope,
    { name, version }: { readonly name: PolicyName; readonly version: PolicyVersion },
  ): EpochMs | null {
    const recorded = this.#services.get(serviceKeyOf(scope)) ?? []
    const found = recorded.find((one) => one.policy === name && one.version === version)
    return found?.passingSince ?? null
  }
}
