import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

import {
  EnvironmentName,
  LogPosition,
  type ProjectId,
  SECOND_MS,
  ServiceName,
} from '@portcullis/contracts'
import { type Db, readHead, subscribe } from '@portcullis/event-log'
import {
  isVerdictChange,
  verdictChangeToWire,
  type VerdictChangeWire,
} from '@portcullis/projections'
import type { Logger } from '@portcullis/runtime'
import { z } from 'zod'

import type { limited } from '../../plugins/rate-limits.ts'
import { API_HEADERS } from '../../plugins/request-context.ts'
import { problem } from '../../problem/problem.ts'
import type { Gateway } from '../../zod-routes.ts'

export interface VerdictStreamOptions {
  readonly db: Db
  readonly project: ProjectId
  readonly log: Logger
}

const StreamQuery = z.strictObject({
  service: ServiceName.optional(),
  environment: EnvironmentName.optional(),
})
const StreamHeaders = z.looseObject({
  'last-event-id': z
    .string()
    .regex(/^\d{1,15}$/u, 'must be the id of an event of this stream')
    .transform((text) => LogPosition.parse(Number(text)))
    .optional()
    .describe('The last change that was seen: the stream goes on after it'),
})

/** Each holds a connection, and looks at the head of the log. */
const STREAMS_MAX = 100
/** Proxies close what is silent for a minute. */
const HEARTBEAT_MS = 15_000
const RETRY_SECONDS = 5
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  // A stream ends with its gateway, which would wait for a connection that is kept alive.
  connection: 'close',
} as const

/** `GET /v1/verdicts/stream`: changes of verdicts as they are committed, as server-sent events (WHATWG HTML, 9.2). */
export function addVerdictStream(
  scope: Gateway,
  options: VerdictStreamOptions,
  rateLimit: ReturnType<typeof limited>,
): void {
  const streams = new Set<AbortController>()
  scope.addHook('preClose', (done) => {
    for (const one of streams) one.abort()
    done()
  })
  scope.get(
    '/v1/verdicts/stream',
    {
      // Of an answer without a body there is nothing to wait for, and it would take a place.
      exposeHeadRoute: false,
      schema: { querystring: StreamQuery, headers: StreamHeaders },
      config: {
        access: 'ops:read',
        rateLimit,
        docs: {
          tag: 'Guard',
          summary: 'Changes of verdicts as they happen',
          description:
            'Server-sent events named `verdict`, each with its position in the log as id and with the members ' +
            'that `GET /v1/verdicts` has. With `Last-Event-ID` it goes on after that one, and misses none.',
          answers: {
            200: { description: 'A stream that does not end.', contentType: 'text/event-stream' },
          },
          problems: ['INVALID_PARAMETER'],
        },
      },
    },
    async ({ query, headers, id }, reply) => {
      if (streams.size >= STREAMS_MAX) throw tooMany()
      const { raw } = reply
      const ended = new AbortController()
      streams.add(ended)
      try {
        raw.on('close', () => ended.abort())
        // Of whoever left while the request was let in, nothing tells any more.
        if (raw.destroyed) ended.abort()
        const after = await beginOf(options, headers['last-event-id'])
        reply.hijack()
        raw.writeHead(200, { ...API_HEADERS, ...STREAM_HEADERS, 'x-request-id': id })
        raw.write(`retry: ${RETRY_SECONDS * SECOND_MS}\n\n`)
        await stream(raw, options, { after, query, signal: ended.signal })
        raw.end()
      } finally {
        streams.delete(ended)
      }
    },
  )
}

function tooMany() {
  return problem('RATE_LIMIT_EXCEEDED', {
    detail: `this gateway serves ${STREAMS_MAX} streams at a time`,
    retryAfterSeconds: RETRY_SECONDS,
  })
}

/** Throws INVALID_PARAMETER for a change that is not there yet: no stream could go on after it. */
async function beginOf(
  { db, project }: VerdictStreamOptions,
  lastSeen: LogPosition | undefined,
): Promise<LogPosition> {
  const { position } = await readHead(db, project)
  if (lastSeen === undefined || lastSeen <= position) return lastSeen ?? position
  throw problem('INVALID_PARAMETER', {
    errors: [
      {
        field: 'last-event-id',
        message: `is beyond the log, which ends at ${position}`,
        fix: 'Give the id of an event of this stream, or leave it out.',
      },
    ],
  })
}

/** Sends changes until the signal aborts, or the store is away: the client comes again with the last id that it has. */
async function stream(
  raw: ServerResponse,
  { db, project, log }: VerdictStreamOptions,
  {
    after,
    query,
    signal,
  }: {
    readonly after: LogPosition
    readonly query: z.output<typeof StreamQuery>
    readonly signal: AbortSignal
  },
): Promise<void> {
  const isAsked = ({ service, environment }: VerdictChangeWire): boolean =>
    (query.service ?? service) === service && (query.environment ?? environment) === environment
  const beating = setInterval(() => raw.write(': still here\n\n'), HEARTBEAT_MS)
  try {
    await subscribe(db, {
      project,
      after,
      signal,
      onEvents: (events) =>
        send(raw, events.filter(isVerdictChange).map(verdictChangeToWire).filter(isAsked), signal),
    })
  } catch (error) {
    log.warn({ err: error }, 'a stream of verdicts ended')
  } finally {
    clearInterval(beating)
  }
}

/** A reader that does not read holds up itself alone, and not the memory of the gateway. */
async function send(
  raw: ServerResponse,
  changes: readonly VerdictChangeWire[],
  signal: AbortSignal,
): Promise<void> {
  for (const change of changes) {
    const text = `id: ${change.position}\nevent: verdict\ndata: ${JSON.stringify(change)}\n\n`
    if (raw.write(text) || signal.aborted) continue
    await drained(raw, signal)
  }
}

async function drained(raw: ServerResponse, signal: AbortSignal): Promise<void> {
  try {
    await once(raw, 'drain', { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
