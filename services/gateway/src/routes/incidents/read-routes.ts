import {
  EnvironmentName,
  GivenInstant,
  IncidentId,
  KindName,
  type ProjectId,
  RouteName,
  ServiceName,
  Severity,
} from '@portcullis/contracts'
import { withoutQuery } from '@portcullis/domain'
import { type Db, incidentStream, readStreamBackwards } from '@portcullis/event-log'
import {
  findIncident,
  incidentAt,
  incidentsAt,
  incidentToWire,
  type IncidentRow,
  listIncidents,
} from '@portcullis/projections'
import { z } from 'zod'

import { NextCursor, PageQuery, pageOf, placeIn } from '../../paging/cursor.ts'
import type { PeopleSeal } from '../../people-seal/people-seal.ts'
import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import { problem } from '../../problem/problem.ts'
import type { NamesFor } from '../../store/names.ts'
import type { PastLook } from '../../store/past-look.ts'
import type { Gateway } from '../../zod-routes.ts'
import { At } from '../past/parameters.ts'
import { incidentIdIn } from './command-routes.ts'
import { IncidentBody, TimelineEntry } from './schemas.ts'
import { timelineOf } from './timeline.ts'

/** What questions about incidents need. */
export interface IncidentReadOptions {
  readonly db: Db
  readonly past: PastLook
  readonly project: ProjectId
  readonly seal: PeopleSeal
  readonly namesFor: NamesFor
  readonly readsPerMinute: number
}

const Status = z.enum(['open', 'acknowledged', 'resolved'])

const ListQuery = PageQuery.extend({
  status: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(Status).min(1).max(3))
    .optional()
    .describe('`open`, `acknowledged`, `resolved`; several are separated by commas'),
  severity: Severity.optional(),
  service: ServiceName.optional(),
  environment: EnvironmentName.optional(),
  route: RouteName.transform(withoutQuery).optional(),
  kind: KindName.optional(),
  at: At,
})

const Place = z.strictObject({ firstSeen: GivenInstant, id: IncidentId })

const TIMELINE_DEFAULT = 100
const TIMELINE_MAX = 1_000

const OneQuery = z.strictObject({
  timeline_limit: z
    .string()
    .regex(/^\d{1,4}$/u, `must be a whole number from 0 to ${TIMELINE_MAX}`)
    .transform(Number)
    .pipe(z.int().max(TIMELINE_MAX))
    .default(TIMELINE_DEFAULT)
    .describe(`Entries of the timeline, 0 to ${TIMELINE_MAX}`),
  timeline_before: z
    .string()
    .regex(/^\d{1,9}$/u, 'must be a version of the timeline')
    .transform(Number)
    .optional()
    .describe('Only entries below this version: `timeline_next` of the answer before'),
  at: At,
})

const ListAnswer = z.object({ incidents: z.array(IncidentBody), next_cursor: NextCursor })
const OneAnswer = z.object({
  incident: IncidentBody,
  timeline: z.array(TimelineEntry).describe('The newest first'),
  timeline_next: z.int().nullable().describe('Null when the first event is here'),
})

/** `GET /ops/incidents` and `GET /ops/incidents/:id`. */
export async function addIncidentReads(
  scope: Gateway,
  options: IncidentReadOptions,
): Promise<void> {
  const { db, past, project, namesFor } = options
  await addLocalRateLimits(scope)
  const rateLimit = limited({ kind: 'read', perMinute: options.readsPerMinute, when: 'early' })
  scope.get(
    '/ops/incidents',
    {
      schema: { querystring: ListQuery },
      config: {
        access: 'ops:read',
        rateLimit,
        docs: {
          tag: 'Incidents',
          summary: 'Incidents, those that opened last first',
          answers: { 200: { description: 'A page of them.', schema: ListAnswer } },
          problems: ['INVALID_PARAMETER', 'BEFORE_THE_LOG'],
        },
      },
    },
    async ({ query: { limit, cursor, at, ...filter } }) => {
      const after = cursor === undefined ? null : placeIn(Place, cursor)
      const asked = { filter, after, limit: limit + 1 }
      const found = await (at === undefined
        ? listIncidents(db, project, asked)
        : past.read(at, (tx, of, { log }) => incidentsAt(tx, of, { ...asked, log })))
      const { rows, nextCursor } = pageOf(found, limit, placeOf)
      const nameOf = await namesFor(rows.flatMap(peopleOf))
      return { incidents: rows.map((row) => incidentToWire(row, nameOf)), next_cursor: nextCursor }
    },
  )
  scope.get(
    '/ops/incidents/:id',
    {
      schema: { params: z.object({ id: z.string() }), querystring: OneQuery },
      config: {
        access: 'ops:read',
        rateLimit,
        docs: {
          tag: 'Incidents',
          summary: 'An incident with its timeline: who did what, when, and on which way',
          answers: { 200: { description: 'The incident.', schema: OneAnswer } },
          problems: ['INVALID_PARAMETER', 'BEFORE_THE_LOG', 'NOT_FOUND'],
        },
      },
    },
    async ({ params, query }) => answerOne(incidentIdIn(params.id), query, options),
  )
}

async function answerOne(
  id: IncidentId,
  { timeline_limit: limit, timeline_before: before, at }: z.output<typeof OneQuery>,
  { db, past, project, seal, namesFor }: IncidentReadOptions,
) {
  const row = await (at === undefined
    ? findIncident(db, project, id)
    : past.read(at, (tx, of, { log }) => incidentAt(tx, of, { log, id })))
  if (row === undefined) {
    throw problem('NOT_FOUND', { detail: 'there is no incident of that id' })
  }
  const stream = incidentStream(id)
  // What came later is no part of it.
  const end = row.version + 1
  const part = { before: Math.min(before ?? end, end), limit }
  const events = await readStreamBackwards(db, { project, stream }, part)
  const timeline = await timelineOf(events, { seal, namesFor })
  const oldest = timeline.at(-1)?.version ?? before ?? row.version + 1
  const nameOf = await namesFor(peopleOf(row))
  return {
    incident: incidentToWire(row, nameOf),
    timeline,
    timeline_next: oldest > 1 ? oldest : null,
  }
}

function peopleOf({ state: { acknowledgedBy, owner } }: IncidentRow) {
  return [acknowledgedBy, owner].filter((id) => id !== null)
}

function placeOf({ id, state }: IncidentRow): z.input<typeof Place> {
  return { firstSeen: state.firstSeen, id }
}
