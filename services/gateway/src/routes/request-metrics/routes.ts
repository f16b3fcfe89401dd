import {
  BatchAnswer,
  BatchHeader,
  InstantInput,
  Observation,
  ObservedBucket,
} from '@portcullis/contracts'
import type { Clock, Counter, Telemetry } from '@portcullis/runtime'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'

import { addPackedBodies } from '../../plugins/bodies.ts'
import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import { problem } from '../../problem/problem.ts'
import type { Gateway } from '../../zod-routes.ts'
import type { BatchIntake, IntakeAnswer, ReceivedBatch } from './batch-intake.ts'
import { InstantReader } from './instant.ts'
import { NdjsonQuery, readJsonBatch, readNdjsonBatch } from './read-batch.ts'

export interface RequestMetricsOptions {
  readonly intake: BatchIntake
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly bodyBytesMax: number
  readonly batchesPerMinute: number
}

const KEY_LENGTH_MAX = 128
const JSON_TYPE = 'application/json'
const NDJSON_TYPES = ['application/x-ndjson', 'application/ndjson']

const ObservationsBody = BatchHeader.extend({ observations: z.array(Observation) })
const BucketsBody = BatchHeader.extend({ buckets: z.array(ObservedBucket) })

/** As they are told to readers; the handler checks them. */
const BatchHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(KEY_LENGTH_MAX)
    .optional()
    .describe('Makes a retry safe for 24 hours; `batch_id` goes before it'),
  'x-portcullis-sent-at': InstantInput.optional().describe(
    "The sender's clock at the moment of sending: RFC 3339 or epoch milliseconds",
  ),
})

const DESCRIPTION = `Send what your requests did in batches, about one a second. Observations that cannot
be used are listed in \`rejected\` with their index; the others are kept.

\`Idempotency-Key\` or \`batch_id\` makes a retry safe for 24 hours: the same body gets the same answer,
and another body is refused.

\`X-Portcullis-Sent-At\`, the sender's clock at the moment of sending (or \`sent_at\` in the body, where
a batch is never sent again), lets the gateway correct a clock that is wrong by more than 2 seconds;
\`skew_ms\` then says by how much.

A sender that aggregates itself sends \`buckets\` of 10 seconds instead of \`observations\`.

As \`application/x-ndjson\` an observation is a line, and the other fields are in the query. A body may
come as gzip.`

const EXAMPLE = `curl -X POST http://127.0.0.1:3000/v1/request-metrics \\
  -H "Authorization: Bearer $PORTCULLIS_TOKEN" -H 'Content-Type: application/json' \\
  -d '{"service": "shop", "observations": [
        {"route": "GET /projects/:id", "status": 200, "duration_ms": 12.5}]}'`

/** `POST /v1/request-metrics` (CONTRACTS.md, "Ours"). */
export async function addRequestMetrics(
  scope: Gateway,
  options: RequestMetricsOptions,
): Promise<void> {
  const figures = figuresIn(options.telemetry)
  // Not in the handler, which would hold on to the parsed body for as long as it waits.
  const accept = (request: FastifyRequest): Promise<IntakeAnswer> =>
    options.intake.accept(receive(request, options.clock))
  addPackedBodies(scope, [JSON_TYPE, ...NDJSON_TYPES])
  await addLocalRateLimits(scope)
  scope.post(
    '/v1/request-metrics',
    {
      bodyLimit: options.bodyBytesMax,
      config: {
        access: 'metrics:write',
        busy: true,
        rateLimit: limited({
          kind: 'ingest',
          perMinute: options.batchesPerMinute,
          when: 'early',
        }),
        docs: {
          tag: 'Metrics',
          summary: 'Report requests',
          description: DESCRIPTION,
          example: EXAMPLE,
          query: NdjsonQuery,
          headers: BatchHeaders,
          body: {
            [JSON_TYPE]: z.union([ObservationsBody, BucketsBody]),
            'application/x-ndjson': Observation,
          },
          answers: {
            202: { description: 'The queue holds the batch durably.', schema: BatchAnswer },
            200: { description: 'The batch was accepted before.', schema: BatchAnswer },
          },
          problems: [
            'INVALID_BODY',
            'INVALID_PARAMETER',
            'MALFORMED_BODY',
            'NOTHING_USABLE',
            'BODY_TOO_LARGE',
            'UNSUPPORTED_MEDIA_TYPE',
            'IDEMPOTENCY_KEY_REUSED',
            'RATE_LIMIT_EXCEEDED',
            'QUEUE_FULL',
            'STORE_UNAVAILABLE',
            'DISK_NEARLY_FULL',
          ],
        },
      },
    },
    async (request, reply) => {
      const accepted = await accept(request)
      figures.count(accepted)
      return reply
        .code(accepted.status)
        .header('content-type', 'application/json; charset=utf-8')
        .send(JSON.stringify(accepted.answer))
    },
  )
}

function receive(request: FastifyRequest, clock: Clock): ReceivedBatch {
  const { body, headers, principal } = request
  if (!Buffer.isBuffer(body)) throw problem('MALFORMED_BODY', { detail: 'the body is missing' })
  const isJson = (headers['content-type'] ?? '').trim().toLowerCase().startsWith(JSON_TYPE)
  if (isJson) refuseQuery(request)
  const queryString = request.url.slice(request.url.indexOf('?') + 1)
  return {
    sent: isJson ? readJsonBatch(body) : readNdjsonBatch(body, request.query),
    owner: principal.id,
    receivedAt: clock.now(),
    sentAt: sentAtOf(headers['x-portcullis-sent-at']),
    idempotencyKey: idempotencyKeyOf(headers['idempotency-key']),
    // The header of an NDJSON batch is in the query: it belongs to what the id stands for.
    repeatable: isJson ? body : Buffer.concat([Buffer.from(`${queryString}\n`), body]),
  }
}

function refuseQuery(request: FastifyRequest): void {
  const names = Object.keys(request.query as Record<string, unknown>)
  if (names.length === 0) return
  const errors = names.map((field) => ({
    field,
    message: 'is not known here',
    fix: 'Leave it out.',
  }))
  throw problem('INVALID_PARAMETER', { errors })
}

function sentAtOf(header: string | string[] | undefined): ReceivedBatch['sentAt'] {
  if (header === undefined) return undefined
  const text = String(header)
  const at = new InstantReader().read(/^\d+$/u.test(text) ? Number(text) : text)
  if (!Number.isNaN(at)) return at as ReceivedBatch['receivedAt']
  throw problem('INVALID_PARAMETER', {
    errors: [
      {
        field: 'X-Portcullis-Sent-At',
        message: 'is no instant',
        fix: 'Give an RFC 3339 instant or epoch milliseconds, from 1970 to 9999.',
      },
    ],
  })
}

function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  const key = String(header)
  if (key.length > 0 && key.length <= KEY_LENGTH_MAX) return key
  throw problem('INVALID_PARAMETER', {
    errors: [
      {
        field: 'Idempotency-Key',
        message: `must have 1 to ${KEY_LENGTH_MAX} characters`,
        fix: 'Give a UUID, for example.',
      },
    ],
  })
}

interface BatchFigures {
  readonly count: (accepted: IntakeAnswer) => void
}

function figuresIn(telemetry: Telemetry): BatchFigures {
  const requests: Counter = telemetry.counter({
    name: 'portcullis_gateway_observations_accepted_total',
    help: 'Requests reported in batches that were queued.',
  })
  const rejected = telemetry.counter({
    name: 'portcullis_gateway_observations_rejected_total',
    help: 'Observations and buckets that could not be used, in batches that were queued.',
  })
  const skewed = telemetry.counter({
    name: 'portcullis_gateway_batches_skewed_total',
    help: 'Batches whose sender had a wrong clock that was corrected.',
  })
  return {
    count: ({ status, answer, requests: counted }) => {
      if (status === 200) return
      requests.inc(counted)
      rejected.inc(answer.rejected_total ?? answer.rejected.length)
      if (answer.skew_ms !== undefined) skewed.inc()
    },
  }
}
