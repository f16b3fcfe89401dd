import { hostPorts, text, url } from './kind.ts'
import { optional, setting } from './setting.ts'

export const storageSettings = {
  databaseUrl: optional('DATABASE_URL', url(['postgres:', 'postgresql:']), {
    description:
      'PostgreSQL 15 or newer. Unset under `npm start`: an embedded server, with its data under `PORTCULLIS_DATA`.',
    secrecy: 'password',
  }),
  redisUrl: optional('REDIS_URL', url(['redis:', 'rediss:']), {
    description: 'Redis 6.2 or newer, or Valkey, for the queues. Unset: queues live in PostgreSQL.',
    secrecy: 'password',
  }),
  redisCluster: optional('REDIS_CLUSTER', hostPorts, {
    description: 'Nodes of a Redis Cluster for the queues, instead of `REDIS_URL`.',
  }),
  dataDir: setting('PORTCULLIS_DATA', text(1, 4_096), {
    description:
      'Folder of the embedded database, the keys, and `env` (a shell file with `DATABASE_URL`, `PORTCULLIS_TOKEN`, `PORTCULLIS_URL`, and `REDIS_URL` where queues are there).',
    fallback: '.portcullis',
  }),
} as const
