import type { EpochMs, PrincipalId, RecordedEvent, SealedText } from '@portcullis/contracts'
import { type NameOf, isoOf } from '@portcullis/projections'
import type { z } from 'zod'

import type { PeopleSeal } from '../../people-seal/people-seal.ts'
import type { NamesFor } from '../../store/names.ts'
import type { TimelineEntry } from './schemas.ts'

/** Fields of events that are instants, people, or objects of such fields. */
const INSTANTS = new Set([
  'acknowledgedAt',
  'at',
  'escalatedAt',
  'firstSeen',
  'lastSeen',
  'nextDueAt',
  'until',
])
const PEOPLE = new Set(['acknowledgedBy', 'by', 'owner'])
const NESTED = new Set(['after', 'before', 'columns'])
/** Whose timeline it is says what the events are about, and a note is shown open. */
const LEFT_OUT = new Set(['environment', 'note', 'scope', 'service'])

type Fields = Readonly<Record<string, unknown>>
type Shown = z.core.util.JSONType

/** Returns events of an incident, or a release, as people read them: names for ids, notes opened. */
export async function timelineOf(
  events: readonly RecordedEvent[],
  { seal, namesFor }: { readonly seal: PeopleSeal; readonly namesFor: NamesFor },
): Promise<TimelineEntry[]> {
  const notes = events.map(noteOf)
  const nameOf = await namesFor([...new Set(events.flatMap(peopleIn))])
  const sealed = notes.filter((note) => note !== null)
  const opened = await seal.open(sealed)
  const texts = new Map(sealed.map((note, nth) => [note, opened[nth] ?? null]))
  return events.map((event, nth) => entryOf(event, texts.get(notes[nth]!) ?? null, nameOf))
}

function entryOf(event: RecordedEvent, note: string | null, nameOf: NameOf): TimelineEntry {
  const { actor, via, commandId, correlationId } = event.meta
  return {
    version: event.version,
    position: event.position,
    at: isoOf(event.occurredAt),
    type: event.type,
    who: { ...actor, name: nameOf(actor.id) },
    via,
    what: shown(event.data, nameOf),
    note,
    command_id: commandId,
    correlation_id: correlationId,
  }
}

function noteOf({ data }: RecordedEvent): SealedText | null {
  return 'note' in data ? data.note : null
}

function peopleIn({ meta, data }: RecordedEvent): PrincipalId[] {
  return [meta.actor.id, ...peopleAmong(data)]
}

function peopleAmong(fields: Fields): PrincipalId[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (NESTED.has(name)) return peopleAmong(value as Fields)
    return PEOPLE.has(name) && value !== null ? [value as PrincipalId] : []
  })
}

function shown(fields: Fields, nameOf: NameOf): Record<string, Shown> {
  const entries = Object.entries(fields).filter(([name]) => !LEFT_OUT.has(name))
  return Object.fromEntries(
    entries.map(([name, value]) => [snakeCase(name), shownValue(name, value, nameOf)]),
  )
}

function shownValue(name: string, value: unknown, nameOf: NameOf): Shown {
  if (value === null) return null
  if (INSTANTS.has(name)) return isoOf(value as EpochMs)
  if (PEOPLE.has(name)) return nameOf(value as PrincipalId)
  if (NESTED.has(name)) return shown(value as Fields, nameOf)
  return value as Shown
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`)
}
