import type { EnvironmentName, ServiceName } from '@portcullis/contracts'

import type { IncidentRow } from '../incidents/model.ts'
import { serviceKeyOf, type ServiceScope } from '../traffic/windows.ts'

/** What is asked about: one service, or all, in one environment. */
export interface AskedScope {
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
}

interface OfOneService extends ServiceScope {
  readonly rows: Map<string, IncidentRow>
}

/**
 * Incidents that are not resolved, kept by service and environment: in a storm there are thousands, and each
 * service's verdict is looked at several times a second.
 */
export class LiveIncidents {
  readonly #services = new Map<string, OfOneService>()

  /** Takes in an incident as it is now. */
  note(incident: IncidentRow): void {
    const { scope, status } = incident.state
    const { service, environment } = scope
    const key = serviceKeyOf(scope)
    const known = this.#services.get(key) ?? { service, environment, rows: new Map() }
    if (status === 'resolved') known.rows.delete(incident.id)
    else known.rows.set(incident.id, incident)
    if (known.rows.size > 0) this.#services.set(key, known)
    else this.#services.delete(key)
  }

  /** The services that have any. */
  scopes(): Iterable<ServiceScope> {
    return this.#services.values()
  }

  *of({ service, environment }: AskedScope): Iterable<IncidentRow> {
    if (service !== null) {
      yield* this.#services.get(serviceKeyOf({ service, environment }))?.rows.values() ?? []
      return
    }
    for (const one of this.#services.values()) {
      if (one.environment === environment) yield* one.rows.values()
    }
  }
}
