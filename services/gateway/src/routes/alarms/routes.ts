import {
  DEFAULT_ENVIRONMENT,
  EnvironmentName,
  GivenInstant,
  IncidentId,
  KindName,
  type ProjectId,
  RouteName,
  ServiceName,
  Severity,
} from '@portcullis/contracts'
import { ALARM_HINTS, withoutQuery } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'
import {
  type StandingAlarm,
  standingAlarms,
  standingAlarmsAt,
  isoOf,
} from '@portcullis/projections'
import { z } from 'zod'

import { NextCursor, PageQuery, pageOf, placeIn } from '../../paging/cursor.ts'
import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { NamesFor } from '../../store/names.ts'
import type { PastLook } from '../../store/past-look.ts'
import type { Gateway } from '../../zod-routes.ts'
import { Instant, RouteOf } from '../metrics/answers.ts'
import { At } from '../past/parameters.ts'

/** What the alarms' route stands on. */
export interface AlarmOptions {
  readonly db: Db
  readonly past: PastLook
  readonly project: ProjectId
  readonly namesFor: NamesFor
  readonly readsPerMinute: number
}

const Status = z.enum(['raised', 'no_data'])

const AlarmQuery = PageQuery.extend({
  service: ServiceName.optional(),
  environment: EnvironmentName.default(DEFAULT_ENVIRONMENT),
  route: RouteName.transform(withoutQuery).optional(),
  kind: KindName.optional(),
  severity: Severity.optional(),
  status: Status.optional().describe('Both when left out'),
  at: At,
})
type AlarmQuery = z.infer<typeof AlarmQuery>

const AlarmBody = RouteOf.extend({
  id: z.uuid().describe("The same as its incident's"),
  kind: z.string(),
  status: Status.describe('`no_data`: it was raised, and then the route fell silent'),
  severity: Severity.describe('The worst since it was raised'),
  since: Instant.describe('When it was raised'),
  evidence: z
    .record(z.string(), z.json())
    .describe('By which it was raised or became worse; `as_of` is in epoch milliseconds'),
  owner: z.string().nullable().describe("The incident's"),
  hint: z.string().nullable().describe('What to look at first'),
  incident_status: z
    .enum(['open', 'acknowledged', 'resolved'])
    .nullable()
    .describe('Null in the moment before the incident is opened'),
})
type AlarmBody = z.infer<typeof AlarmBody>

const AlarmAnswer = z.object({
  position: z.int().nonnegative().describe('Of the log, as of which these are all'),
  alarms: z.array(AlarmBody),
  next_cursor: NextCursor,
})

const Place = z.strictObject({ since: GivenInstant, id: IncidentId })

/** `GET /ops/alarms`: the alarms that stand, as they were judged when batches came. */
export async function addAlarms(scope: Gateway, options: AlarmOptions): Promise<void> {
  await addLocalRateLimits(scope)
  scope.get(
    '/ops/alarms',
    {
      schema: { querystring: AlarmQuery },
      config: {
        access: 'ops:read',
        rateLimit: limited({ kind: 'read', perMinute: options.readsPerMinute, when: 'early' }),
        docs: {
          tag: 'Alarms',
          summary: 'Alarms that are raised or fell silent, those raised last first',
          description:
            'To ask changes nothing: alarms are judged as batches are folded and as windows ' +
            'slide past silence. An alarm that is cleared is not listed.',
          answers: { 200: { description: 'A page of them.', schema: AlarmAnswer } },
          problems: ['INVALID_PARAMETER', 'BEFORE_THE_LOG'],
        },
      },
    },
    ({ query }) => alarmAnswer(options, query),
  )
}

async function alarmAnswer(
  { db, past, project, namesFor }: AlarmOptions,
  query: AlarmQuery,
): Promise<z.infer<typeof AlarmAnswer>> {
  const { limit, cursor, environment } = query
  const { service = null, route = null, kind = null, severity = null, status = null } = query
  const asked = {
    filter: { service, environment, route, kind, severity, status },
    after: cursor === undefined ? null : placeIn(Place, cursor),
    limit: limit + 1,
  }
  const { position, alarms } = await (query.at === undefined
    ? standingAlarms(db, project, asked)
    : past.read(query.at, (tx, of, { log }) => standingAlarmsAt(tx, of, { ...asked, log })))
  const { rows, nextCursor } = pageOf(alarms, limit, placeOf)
  const owners = rows.flatMap(({ incident }) => incident?.owner ?? [])
  const nameOf = await namesFor(owners)
  return {
    position,
    alarms: rows.map((row) => {
      const owner = row.incident?.owner ?? null
      return { ...alarmBody(row), owner: owner === null ? null : nameOf(owner) }
    }),
    next_cursor: nextCursor,
  }
}

function alarmBody({ alarm: { id, state }, incident }: StandingAlarm): Omit<AlarmBody, 'owner'> {
  const { kind, ...scope } = state.scope
  return {
    id,
    ...scope,
    kind,
    // The query reads no others.
    status: Status.parse(state.status),
    severity: state.severity,
    since: isoOf(state.since),
    evidence: state.evidence,
    hint: incident?.hint ?? hintOf(kind),
    incident_status: incident?.status ?? null,
  }
}

function hintOf(kind: string): string | null {
  const hints: Readonly<Record<string, string>> = ALARM_HINTS
  return hints[kind] ?? null
}

function placeOf({ alarm: { id, state } }: StandingAlarm): z.input<typeof Place> {
  return { since: state.since, id }
}
