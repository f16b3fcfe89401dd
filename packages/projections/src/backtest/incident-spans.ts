import type {
  EnvironmentName,
  EpochMs,
  IncidentId,
  RecordedEvent,
  ServiceName,
} from '@portcullis/contracts'
import { incidentOfStream, type IncidentSpan } from '@portcullis/domain'

/** For how long incidents were open that opened while events went by, whether alarms, commands or SQL say so. */
export class IncidentSpans {
  readonly #to: EpochMs
  readonly #all: IncidentSpan[] = []
  /** Of each incident its newest opening, as its place in the list. */
  readonly #newest = new Map<IncidentId, number>()

  /** Those that are not resolved count as open until `to`. */
  constructor(to: EpochMs) {
    this.#to = to
  }

  fold(event: RecordedEvent): void {
    const id = incidentOfStream(event.streamId)
    if (id === null) return
    if (event.type === 'incident.opened' || event.type === 'incident.inserted') {
      const { service, environment } = event.data.scope
      this.#newest.set(id, this.#all.length)
      this.#all.push({ id, service, environment, openedAt: event.recordedAt, endedAt: this.#to })
    }
    const status = statusAfter(event)
    if (status === undefined) return
    this.#endAt(id, status === 'resolved' ? event.recordedAt : this.#to)
  }

  /** Returns those of a service, or of all, in an environment. */
  of({
    service,
    environment,
  }: {
    readonly service: ServiceName | null
    readonly environment: EnvironmentName
  }): IncidentSpan[] {
    return this.#all.filter((one) => {
      return one.environment === environment && (service === null || one.service === service)
    })
  }

  /** One that was opened before is none of these. */
  #endAt(id: IncidentId, endedAt: EpochMs): void {
    const place = this.#newest.get(id)
    if (place !== undefined) this.#all[place] = { ...this.#all[place]!, endedAt }
  }
}

/** Undefined where an event does not say. */
function statusAfter(event: RecordedEvent): 'open' | 'acknowledged' | 'resolved' | undefined {
  if (event.type === 'incident.inserted') return event.data.columns.status
  if (event.type === 'incident.edited') return event.data.after.status
  if (event.type === 'incident.resolved') return 'resolved'
  return event.type === 'incident.reopened' ? 'open' : undefined
}
