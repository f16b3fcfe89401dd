import type { EpochMs, LogPosition, ProjectId, RecordedEvent } from '@portcullis/contracts'
import { HOUR_MS, plusMs } from '@portcullis/contracts'
import { type Db, readAll } from '@portcullis/event-log'

import type { IncidentRow } from '../incidents/model.ts'
import { LiveLog, type LogChanges } from '../live/live-log.ts'
import type { LossRow } from '../losses/model.ts'
import { INCIDENTS, LOSSES, RELEASES, WAIVERS } from '../past/log-at.ts'
import { rowsAt, type StreamedModel } from '../past/rows-at.ts'
import { keyText, type ReadModel } from '../read-model.ts'
import type { ReleaseRow } from '../releases/model.ts'
import type { WaiverRow } from '../waivers/model.ts'

/** Rows of one read model, folded event by event. */
class ForwardRows<Row> {
  readonly #model: ReadModel<Row>
  readonly #rows = new Map<string, Row>()
  #changed = new Map<string, Row>()

  private constructor(model: ReadModel<Row>) {
    this.#model = model
  }

  static async load<Row>(
    tx: Db,
    project: ProjectId,
    { model, position }: { readonly model: StreamedModel<Row>; readonly position: LogPosition },
  ): Promise<ForwardRows<Row>> {
    const rows = new ForwardRows(model.model)
    for (const row of await rowsAt(tx, project, model, { position })) {
      const record = model.model.toRecord(row)
      const key = keyText(model.model.key.map((column) => String(record[column])))
      rows.#rows.set(key, row)
      rows.#changed.set(key, row)
    }
    return rows
  }

  fold(event: RecordedEvent): void {
    for (const key of this.#model.keysOf(event)) {
      const text = keyText(key)
      const row = this.#model.evolve(this.#rows.get(text), event, key)
      this.#rows.set(text, row)
      this.#changed.set(text, row)
    }
  }

  /** Returns the rows that changed since this was asked last. */
  takeChanged(): Row[] {
    const changed = [...this.#changed.values()]
    this.#changed = new Map()
    return changed
  }
}

interface Models {
  readonly incidents: ForwardRows<IncidentRow>
  readonly releases: ForwardRows<ReleaseRow>
  readonly waivers: ForwardRows<WaiverRow>
  readonly losses: ForwardRows<LossRow>
}

/**
 * The log as verdicts look at it, moved forward from one instant to the next by the folds of live appends. What policies
 * there were, and what was recorded of their verdicts, is left out: others are tried.
 */
export class ForwardLog {
  readonly log = new LiveLog()
  readonly #models: Models
  readonly #events: AsyncIterator<RecordedEvent>
  #next: RecordedEvent | undefined
  #losses: LossRow[] = []

  private constructor(models: Models, events: AsyncIterator<RecordedEvent>) {
    this.#models = models
    this.#events = events
  }

  /** Opens the log at a position, to be moved as far as another one. */
  static async open(
    tx: Db,
    project: ProjectId,
    { from, through }: { readonly from: LogPosition; readonly through: LogPosition },
  ): Promise<ForwardLog> {
    const models = {
      incidents: await ForwardRows.load(tx, project, { model: INCIDENTS, position: from }),
      releases: await ForwardRows.load(tx, project, { model: RELEASES, position: from }),
      waivers: await ForwardRows.load(tx, project, { model: WAIVERS, position: from }),
      losses: await ForwardRows.load(tx, project, { model: LOSSES, position: from }),
    }
    const events = eventsBetween(tx, project, { after: from, through })
    const opened = new ForwardLog(models, events)
    await opened.#step()
    opened.#take(from, 0 as EpochMs)
    return opened
  }

  /** Folds all events up to an instant, and returns them. */
  async advanceTo(now: EpochMs): Promise<RecordedEvent[]> {
    const folded: RecordedEvent[] = []
    while (this.#next !== undefined && this.#next.recordedAt <= now) {
      for (const rows of Object.values(this.#models)) rows.fold(this.#next)
      folded.push(this.#next)
      await this.#step()
    }
    this.#take(folded.at(-1)?.position ?? this.log.position, now)
    return folded
  }

  /** Ends the reading of events. */
  async close(): Promise<void> {
    await this.#events.return?.()
  }

  async #step(): Promise<void> {
    const { done, value } = await this.#events.next()
    this.#next = done === true ? undefined : value
  }

  #take(position: LogPosition, now: EpochMs): void {
    const { incidents, releases, waivers, losses } = this.#models
    this.#losses = [...this.#losses, ...losses.takeChanged()].filter(
      ({ until }) => until > plusMs(now, -HOUR_MS),
    )
    const changes: LogChanges = {
      position,
      incidents: incidents.takeChanged(),
      releases: releases.takeChanged(),
      waivers: waivers.takeChanged(),
      losses: this.#losses,
      policies: [],
      outcomes: [],
    }
    this.log.take(changes)
  }
}

async function* eventsBetween(
  db: Db,
  project: ProjectId,
  range: { readonly after: LogPosition; readonly through: LogPosition },
): AsyncGenerator<RecordedEvent, void, undefined> {
  for await (const events of readAll(db, { project, ...range })) yield* events
}
