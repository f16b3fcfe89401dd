import {
  DEFAULT_ENVIRONMENT,
  EnvironmentName,
  InstantInput,
  instantOf,
  KindName,
  lineOf,
  MINUTE_MS,
  plusMs,
  proseOf,
  RouteName,
  ServiceName,
  Severity,
  type AlarmScope,
  type EpochMs,
  type IncidentCommand,
  type PrincipalId,
  type SealedText,
} from '@portcullis/contracts'
import { withoutQuery } from '@portcullis/domain'
import { z } from 'zod'

/** Characters of a note: sealed, and in base64, it fits `SealedText` whatever it is written in. */
export const NOTE_LENGTH_MAX = 4_000
const SNOOZE_MINUTES_MAX = 30 * 24 * 60

const reason = proseOf(NOTE_LENGTH_MAX).optional().describe('Kept with the command, encrypted')
const owner = lineOf(256).nullable().describe('What a token calls that person, or an opaque id')

/** What a command is made from, beside its body. */
export interface Given {
  readonly now: EpochMs
  readonly note: SealedText | null
  /** Returns the opaque id of somebody who is called so. */
  readonly personNamed: (name: string) => Promise<PrincipalId>
}

/** A command on an incident as HTTP takes it. */
export interface CommandForm<Body extends z.ZodType = z.ZodType> {
  readonly summary: string
  readonly body: Body
  /** Returns what the caller wrote; empty where it wrote nothing. */
  noteOf(body: z.output<Body>): string
  commandOf(body: z.output<Body>, given: Given): IncidentCommand | Promise<IncidentCommand>
}

/** Lets the compiler find out the type of the body. */
function form<Body extends z.ZodType>(given: CommandForm<Body>): CommandForm<Body> {
  return given
}

/** A body that may be left out. Fastify hands in null for one that is. */
const ReasonBody = z
  .strictObject({ reason })
  .nullish()
  .transform((body) => body ?? {})

/** A command that needs no more than its name. */
function plain(
  summary: string,
  type: 'ack' | 'unack' | 'resolve' | 'reopen' | 'unsnooze' | 'escalate',
) {
  return form({
    summary,
    body: ReasonBody,
    noteOf: reasonOf,
    commandOf: (_body, { note }) => ({ type, note }),
  })
}

function reasonOf(body: { readonly reason?: string | undefined }): string {
  return body.reason ?? ''
}

const SnoozeBody = z
  .strictObject({
    until: InstantInput.optional(),
    for_minutes: z.int().min(1).max(SNOOZE_MINUTES_MAX).optional(),
    reason,
  })
  .refine(
    ({ until, for_minutes }) => (until === undefined) !== (for_minutes === undefined),
    'must have either `until` or `for_minutes`',
  )

const CommentBody = z.strictObject({
  comment: proseOf(NOTE_LENGTH_MAX).refine((text) => text.trim() !== '', 'must not be empty'),
})

/** The commands on an incident, by the last segment of their path. */
export const commandForms: Readonly<Record<string, CommandForm>> = {
  ack: plain('Take an incident: it is not escalated any more', 'ack'),
  unack: plain('Give an incident back: it escalates again', 'unack'),
  resolve: plain('Resolve an incident', 'resolve'),
  reopen: plain('Reopen a resolved incident: the same opening goes on', 'reopen'),
  snooze: form({
    summary: 'Let an open incident rest until an instant',
    body: SnoozeBody,
    noteOf: reasonOf,
    commandOf: (body, { note, now }) => ({ type: 'snooze', until: snoozeEndOf(body, now), note }),
  }),
  unsnooze: plain('End a snooze', 'unsnooze'),
  assign: form({
    summary: 'Say who owns an incident; null for nobody',
    body: z.strictObject({ owner, reason }),
    noteOf: reasonOf,
    commandOf: async (body, { note, personNamed }) => ({
      type: 'assign',
      owner: body.owner === null ? null : await personNamed(body.owner),
      note,
    }),
  }),
  comment: form({
    summary: 'Say something about an incident',
    body: CommentBody,
    noteOf: (body) => body.comment,
    // The body has a text, so there is a note.
    commandOf: (_body, { note }) => ({ type: 'comment', note: note! }),
  }),
  severity: form({
    summary: 'Change how severe an incident is',
    body: z.strictObject({ severity: Severity, reason }),
    noteOf: reasonOf,
    commandOf: ({ severity }, { note }) => ({ type: 'severity', severity, note }),
  }),
  escalate: plain('Raise the level of an open incident now', 'escalate'),
}

function snoozeEndOf(
  { until, for_minutes: minutes = 0 }: z.output<typeof SnoozeBody>,
  now: EpochMs,
): EpochMs {
  if (until === undefined) return plusMs(now, minutes * MINUTE_MS)
  return instantOf(until)
}

const EVIDENCE_ENTRIES_MAX = 64

/** Flat, and without what jsonb cannot store: it is read at a glance. */
const OpeningEvidence = z
  .record(lineOf(64), z.union([proseOf(1_024), z.number(), z.boolean(), z.null()]))
  .refine(
    (evidence) => Object.keys(evidence).length <= EVIDENCE_ENTRIES_MAX,
    `must have at most ${EVIDENCE_ENTRIES_MAX} entries`,
  )

const OpeningBody = z.strictObject({
  service: ServiceName,
  environment: EnvironmentName.default(DEFAULT_ENVIRONMENT),
  route: RouteName.transform(withoutQuery).pipe(RouteName),
  kind: KindName.default('manual' as KindName),
  severity: Severity.default('critical'),
  owner: owner.default(null),
  hint: proseOf(1_024).nullable().default(null),
  evidence: OpeningEvidence.default({}),
  reason,
})

/** `POST /ops/incidents`. */
export const openingForm = form({
  summary: 'Open an incident by hand',
  body: OpeningBody,
  noteOf: reasonOf,
  commandOf: async (body, { note, personNamed }) => ({
    type: 'open',
    scope: scopeOf(body),
    severity: body.severity,
    owner: body.owner === null ? null : await personNamed(body.owner),
    hint: body.hint,
    evidence: body.evidence,
    note,
  }),
})

/** Returns what the incident is about: its id is made from that. */
export function scopeOf({ service, environment, route, kind }: AlarmScope): AlarmScope {
  return { service, environment, route, kind }
}
