import type { QueueBackend } from '@portcullis/queues'
import type { Clock, Config, Logger, Telemetry } from '@portcullis/runtime'
import { fastify, LogController } from 'fastify'

import type { BrowserSessions } from './access/session.ts'
import { addAccess, type AccessOptions } from './plugins/access.ts'
import { addJsonBodies, BODY_BYTES_MAX } from './plugins/bodies.ts'
import { addClosing } from './plugins/closing.ts'
import { collectDocumentedRoutes } from './plugins/documented-routes.ts'
import { addProblemDetails, answerError } from './plugins/problem-details.ts'
import { addLocalHits } from './plugins/rate-limits.ts'
import { addRequestContext } from './plugins/request-context.ts'
import { answerClientError } from './problem/client-error.ts'
import { addApiDocs } from './routes/api-docs/routes.ts'
import { addGuard, type GuardOptions } from './routes/guard/routes.ts'
import { addHealth, type HealthOptions } from './routes/health/routes.ts'
import { addLogin } from './routes/login/routes.ts'
import { addMe } from './routes/me/routes.ts'
import { addOps, type OpsOptions } from './routes/ops-routes.ts'
import { addQueues } from './routes/queues/routes.ts'
import type { BatchIntake } from './routes/request-metrics/batch-intake.ts'
import { addRequestMetrics } from './routes/request-metrics/routes.ts'
import { addTelemetry } from './routes/telemetry/routes.ts'
import { addTraffic, type TrafficOptions } from './routes/traffic-routes.ts'
import type { CountHit } from './store/shared-hits.ts'
import {
  serializerCompiler,
  validatorCompiler,
  type Gateway,
  type ZodTypeProvider,
} from './zod-routes.ts'

/** What a gateway is made of. Everything that does I/O comes in here. */
export interface GatewayParts {
  readonly config: Pick<Config, 'http' | 'limits'>
  readonly clock: Clock
  readonly log: Logger
  readonly telemetry: Telemetry
  /** Makes ids of requests: unique among gateways, and in their order. */
  readonly nextRequestId: () => string
  readonly version: string
  readonly access: AccessOptions
  readonly sessions: BrowserSessions
  /** Shown by Bull Board. */
  readonly queues: QueueBackend
  /** Counts over all gateways. */
  readonly countHit: CountHit
  readonly health: HealthOptions
  readonly guard: GuardOptions
  readonly ops: OpsOptions
  readonly traffic: TrafficOptions
  readonly intake: BatchIntake
}

/** From the first byte to the last of a request; a batch of 10 MiB takes 14 s at 6 Mbit/s. */
const REQUEST_MS_MAX = 30_000
const HEADERS_BYTES_MAX = 16 * 1_024
const HEADERS_MS_MAX = 10_000
/** Longer than the 60 s that load balancers keep idle connections, so that they close first. */
const KEEP_ALIVE_MS = 72_000
const PATH_PARAMETER_LENGTH_MAX = 512

/** Returns the gateway with all its routes. It listens nowhere: whoever made it does that. */
export async function buildGateway(parts: GatewayParts): Promise<Gateway> {
  const app = createServer(parts)
  addRequestContext(app, parts.log, parts.telemetry)
  addProblemDetails(app, parts.log)
  addClosing(app)
  addAccess(app, parts.access)
  addLocalHits(app)
  const routes = collectDocumentedRoutes(app)
  addJsonBodies(app)
  await addRoutes(app, parts)
  await app.register(async (scope: Gateway) => {
    addApiDocs(scope, { routes, version: parts.version })
  })
  await app.ready()
  return app
}

function createServer({ config, log, nextRequestId }: GatewayParts): Gateway {
  const app = fastify({
    loggerInstance: log,
    // `request-context.ts` writes one line a request; a child logger for each would be made in vain.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger,
    genReqId: nextRequestId,
    requestIdHeader: false,
    trustProxy: config.http.trustProxy.length === 0 ? false : [...config.http.trustProxy],
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    connectionTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // `plugins/closing.ts` answers with a problem instead.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    http: {
      maxHeaderSize: HEADERS_BYTES_MAX,
      headersTimeout: HEADERS_MS_MAX,
      connectionsCheckingInterval: 1_000,
    },
    routerOptions: {
      ignoreTrailingSlash: true,
      caseSensitive: true,
      maxParamLength: PATH_PARAMETER_LENGTH_MAX,
    },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply, log),
    clientErrorHandler: (error, socket) => answerClientError(error, socket, nextRequestId()),
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  return app.withTypeProvider<ZodTypeProvider>()
}

/** One scope a noun: what a noun installs for itself does not reach the others. */
async function addRoutes(app: Gateway, parts: GatewayParts): Promise<void> {
  const { clock, telemetry, intake, sessions, countHit } = parts
  const { authenticate } = parts.access
  const { bodyBytes, ingestPerMinute, readsPerMinute } = parts.config.limits
  await app.register((scope: Gateway) => addHealth(scope, parts.health))
  await app.register((scope: Gateway) => addLogin(scope, { authenticate, sessions, countHit }))
  await app.register((scope: Gateway) => addGuard(scope, parts.guard))
  await addOps(app, parts.ops)
  await addTraffic(app, parts.traffic)
  await app.register((scope: Gateway) => addQueues(scope, parts.queues))
  await app.register((scope: Gateway) => addMe(scope, readsPerMinute))
  await app.register((scope: Gateway) => addTelemetry(scope, telemetry, readsPerMinute))
  await app.register((scope: Gateway) =>
    addRequestMetrics(scope, {
      intake,
      clock,
      telemetry,
      bodyBytesMax: bodyBytes,
      batchesPerMinute: ingestPerMinute,
    }),
  )
}
